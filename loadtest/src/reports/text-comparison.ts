import { visible, wrapped } from '../base/text.js'
import type { Comparison } from './content/comparison/comparison.js'
import { textTable } from './text-table.js'

/** Renders a comparison for a terminal: a table for each subject, then the sentence as the last line. */
export function compareText(
  { tables, verdicts, sentence }: Comparison,
  { files = [], width }: { readonly files?: readonly string[]; readonly width?: number | undefined } = {},
): string {
  const lines = [
    ...tables.flatMap(({ table }) => [...textTable(table, { width }), '']),
    ...verdicts.flatMap((verdict, index) => wrapped(`${index === 0 ? 'A' : 'B'}: ${verdict}`, width)),
    ...(files.length === 0 ? [] : [`Report: ${files.join(', ')}`]),
    ...wrapped(sentence, width, '', ''),
  ]
  return visible(`${lines.join('\n')}\n`)
}
