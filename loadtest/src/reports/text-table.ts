import type { Table } from './content/table.js'

/**
 * Formats a table for a terminal: each column as wide as its widest cell, the first aligned left, the others right. Leaves out
 * wide columns.
 */
export function textTable({ columns, rows, total }: Table): string[] {
  const shown = columns.flatMap(({ wide }, index) => (wide === true ? [] : [index]))
  const lines = [
    shown.map((index) => columns[index]?.header ?? ''),
    ...[...rows, ...(total ? [total] : [])].map((cells) => shown.map((index) => cells[index]?.text ?? '')),
  ]
  const widths = shown.map((_, place) => Math.max(...lines.map((line) => line[place]?.length ?? 0)))
  return lines.map((line) =>
    line
      .map((text, place) => (place === 0 ? text.padEnd(widths[place] ?? 0) : text.padStart(widths[place] ?? 0)))
      .join('  ')
      .trimEnd(),
  )
}
