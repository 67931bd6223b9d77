import { count, duration, visible, wrapped } from '../base/text.js'
import type { SuiteRow } from '../proof/suite.js'
import type { Table } from './content/table.js'
import { textTable } from './text-table.js'

type Row = Pick<
  SuiteRow,
  'scenario' | 'status' | 'requests' | 'drops' | 'terminations' | 'twinDrops' | 'sentence' | 'durationMs'
>

/** Renders a suite for a terminal: a table, then the verdict of each scenario that was not proven. */
export function suiteReport(
  rows: readonly Row[],
  { files = [], width }: { readonly files?: readonly string[]; readonly width?: number | undefined } = {},
): string {
  const proven = rows.filter(({ status }) => status === 'proven')
  const sentences = rows.filter(({ status }) => status !== 'proven').map((row) => `${row.scenario}: ${row.sentence}`)
  return visible(
    [
      ...textTable(tableOf(rows), { width }),
      '',
      ...sentences.flatMap((sentence) => wrapped(sentence, width)),
      ...(sentences.length > 0 ? [''] : []),
      ...(files.length === 0 ? [] : [`Report: ${files.join(', ')}`]),
      `${proven.length} of ${rows.length} scenarios proven.`,
      '',
    ].join('\n'),
  )
}

const tableOf = (rows: readonly Row[]): Table => ({
  columns: ['scenario', 'requests', 'drops', 'terminations', 'twin drops', 'time', 'verdict'].map((header) => ({
    header,
  })),
  rows: rows.map(({ scenario, requests, drops, terminations, twinDrops, durationMs, status }) =>
    [
      scenario,
      count(requests),
      count(drops),
      count(terminations),
      twinDrops === null ? '–' : count(twinDrops),
      durationMs === 0 ? '–' : duration(durationMs),
      status,
    ].map((text) => ({ text })),
  ),
})
