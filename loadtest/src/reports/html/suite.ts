import { dirname, relative, sep } from 'node:path'
import { count, duration } from '../../base/text.js'
import type { ReportCase } from '../format.js'
import { htmlDocument } from './document.js'
import { markup, NOTHING } from './markup.js'
import type { Markup } from './markup.js'
import { prose } from './prose.js'

/** Renders the page of a suite: a card for each scenario, with a link to its page. */
export function suitePage(cases: readonly ReportCase[], file: string): string {
  const proven = cases.filter(({ status }) => status === 'proven').length
  const worst = cases.some(({ status }) => status === 'drops')
    ? 'drops'
    : proven < cases.length
      ? 'inconclusive'
      : 'proven'
  const headline = `${proven} of ${cases.length} scenarios proven`
  const total = cases.reduce((sum, { durationMs }) => sum + durationMs, 0)
  const body = markup`<main id="content">
<header class="verdict ${worst}">
<p class="over-title"><span class="badge">${worst}</span> zero-drop suite</p>
<h1>${headline}</h1>
<p>${cases.length} scenarios in ${duration(total)}.</p>
</header>
<ol class="suite">${cases.map((each) => card(each, file))}</ol>
</main>`
  return htmlDocument({ title: `${worst}: ${headline}`, body, data: [] })
}

const NAMES: readonly (readonly [property: string, label: string])[] = [
  ['requests', 'requests'],
  ['drops', 'dropped'],
  ['terminations', 'pod terminations'],
  ['twinDrops', 'dropped by the twin'],
]

function card({ scenario, status, sentence, durationMs, properties, page }: ReportCase, file: string): Markup {
  const kind = status === 'proven' || status === 'drops' ? status : 'inconclusive'
  const title = page === null ? markup`${scenario}` : markup`<a href="${hrefOf(page, file)}">${scenario}</a>`
  const numbers = NAMES.flatMap(([property, label]) => {
    const value = properties[property]
    return typeof value === 'number' ? [markup`<div><dt>${label}</dt><dd>${count(value)}</dd></div>`] : []
  })
  return markup`<li class="${kind}"><h2>${title} <span class="badge">${status}</span></h2>
<dl>${numbers}${durationMs === 0 ? NOTHING : markup`<div><dt>time</dt><dd>${duration(durationMs)}</dd></div>`}</dl>
${prose(sentence)}</li>`
}

/** A relative link, so that the folder can be moved. */
const hrefOf = (page: string, file: string): string =>
  relative(dirname(file), page).split(sep).map(encodeURIComponent).join('/')
