import type { Cell, Table } from '../content/table.js'
import { markup, NOTHING } from './markup.js'
import type { Markup } from './markup.js'

/** Renders a table with all of its columns; the page scrolls it sideways. */
export function htmlTable({ columns, rows, total }: Table): Markup {
  return markup`<div class="scroll">
    <table>
      <thead>
        <tr>
          ${columns.map(({ header, title = '' }) => markup`<th title="${title}">${header}</th>`)}
        </tr>
      </thead>
      <tbody>
        ${rows.map((cells) => row(cells, ''))}${total ? row(total, 'total') : NOTHING}
      </tbody>
    </table>
  </div>`
}

const row = (cells: readonly Cell[], kind: string): Markup =>
  markup`<tr class="${kind}">
    ${cells.map(({ text, tone = '' }) => markup`<td class="${tone}">${text}</td>`)}
  </tr>`
