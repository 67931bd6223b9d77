import { clock, count, oneIn, percent } from '../../base/text.js'
import type { Content } from '../content/content.js'
import type { Report } from '../report.js'
import { markup, NOTHING } from './markup.js'
import type { Markup } from './markup.js'
import { prose } from './prose.js'

/** Renders the verdict with its numbers, the first thing on the page. */
export function verdictHeader(report: Report, { verdict, headline, subject, notes }: Content): Markup {
  const { status, sentence, doubts } = verdict
  const [first] = report.runs
  const day = first ? `${new Date(first.startedAt).toISOString().slice(0, 10)} ${clock(first.startedAt)} UTC · ` : ''
  return markup`<header class="verdict ${status}">
<p class="over-title"><span class="badge">${status}</span> ${subject}</p>
<h1>${headline}</h1>
${prose(sentence)}
${
  doubts.length < 2
    ? NOTHING
    : markup`<h2>${status === 'drops' ? 'Doubts about the load test' : 'Why this run proves nothing'}</h2><ul>${doubts.map((doubt) => markup`<li>${prose(doubt)}</li>`)}</ul>`
}
</header>
<dl class="tiles">${tiles(report).map(
    ({ value, label, tone = '' }) => markup`<div><dt>${label}</dt><dd class="${tone}">${value}</dd></div>`,
  )}</dl>
<p class="faint">${day}zero-drop ${report.tool.version} · ${notes.map(({ text }) => text).join(' ')}</p>`
}

interface Tile {
  readonly value: string
  readonly label: string
  readonly tone?: 'good' | 'bad'
}

/** The numbers of the verdict, large. */
function tiles({ verdict: { statistics } }: Report): Tile[] {
  const { upperBoundPerRequest: bound, confidence, twinDrops, twinRequests } = statistics
  return [
    { value: count(statistics.requests), label: 'requests' },
    { value: count(statistics.drops), label: 'dropped', tone: statistics.drops > 0 ? 'bad' : 'good' },
    { value: count(statistics.requestsInHazardWindows), label: 'in hazard windows' },
    { value: count(statistics.terminations), label: 'pod terminations' },
    ...(bound === null || bound <= 0
      ? []
      : [{ value: oneIn(bound), label: `at most dropped, at ${percent(confidence)} confidence` }]),
    ...(twinDrops === null
      ? []
      : [{ value: `${count(twinDrops)} of ${count(twinRequests ?? 0)}`, label: 'dropped by the naive twin' }]),
  ]
}
