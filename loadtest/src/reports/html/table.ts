import { count } from '../../base/text.js'
import type { Cell, Table } from '../content/table.js'
import { markup, NOTHING } from './markup.js'
import type { Markup } from './markup.js'

/** Nobody reads more rows than this; the JSON report has the rest. */
const MOST_ROWS = 300

/** Renders a table with all of its columns; the page scrolls it sideways. The first cell of each row is its header. */
export function htmlTable({ columns, rows, total }: Table, caption: string): Markup {
  const more = rows.length - MOST_ROWS
  return markup`<div class="scroll" tabindex="0" role="region" aria-label="${caption}">
<table><caption>${caption}</caption>
<thead><tr>${columns.map(({ header, title = '' }) => markup`<th scope="col" title="${title}">${header}</th>`)}</tr></thead>
<tbody>${rows.slice(0, MOST_ROWS).map((cells) => row(cells, ''))}${total ? row(total, 'total') : NOTHING}</tbody>
</table></div>
${more > 0 ? markup`<p class="faint">… and ${count(more)} more rows, in the JSON report</p>` : NOTHING}`
}

const row = (cells: readonly Cell[], kind: string): Markup =>
  markup`<tr class="${kind}">${cells.map(({ text, tone = '' }, index) =>
    index === 0 ? markup`<th scope="row" class="${tone}">${text}</th>` : markup`<td class="${tone}">${text}</td>`,
  )}</tr>`
