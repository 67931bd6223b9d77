import { shortened } from '../base/text.js'
import type { Table } from './content/table.js'

export interface TextTableOptions {
  /** Shows wide columns, too. */
  readonly wide?: boolean
  /** Columns of the terminal. A wider table gets shorter cells. Default: as wide as needed. */
  readonly width?: number | undefined
  /** Rows that are shown. Default: all. */
  readonly most?: number
}

/** A cell is never shorter. */
const NARROWEST = 8
const GAP = 2

/** Formats a table for a terminal: each column as wide as its widest cell, the first aligned left, the others right. */
export function textTable(
  { columns, rows, total }: Table,
  { wide = false, width = Infinity, most = Infinity }: TextTableOptions = {},
): string[] {
  const shown = columns.flatMap((column, index) => (wide || column.wide !== true ? [index] : []))
  const lines = [
    shown.map((index) => columns[index]?.header ?? ''),
    ...[...rows.slice(0, most), ...(total ? [total] : [])].map((cells) =>
      shown.map((index) => cells[index]?.text ?? ''),
    ),
  ]
  const widths = fitted(
    shown.map((_, place) => Math.max(...lines.map((line) => line[place]?.length ?? 0))),
    width,
  )
  const more = rows.length > most ? [`… and ${rows.length - most} more`] : []
  return [
    ...lines.map((line) =>
      line
        .map((text, place) => {
          const cell = shortened(text, widths[place] ?? 0)
          return place === 0 ? cell.padEnd(widths[place] ?? 0) : cell.padStart(widths[place] ?? 0)
        })
        .join(' '.repeat(GAP))
        .trimEnd(),
    ),
    ...more,
  ]
}

/** Takes space from the widest columns until the table fits. */
function fitted(widths: readonly number[], width: number): number[] {
  const result = [...widths]
  const tooMuch = (): boolean => result.reduce((sum, each) => sum + each + GAP, -GAP) > width
  while (tooMuch()) {
    const widest = result.indexOf(Math.max(...result))
    const size = result[widest] ?? 0
    if (size <= NARROWEST) break
    result[widest] = size - 1
  }
  return result
}
