import { count, plural } from '../../base/text.js'
import type { RunContent } from '../content/content.js'
import type { CauseGroup } from '../content/unanswered.js'
import type { RunReport } from '../report.js'
import { advice, causes } from './drops.js'
import { markup, NOTHING } from './markup.js'
import type { Markup } from './markup.js'
import { prose } from './prose.js'
import { htmlTable } from './table.js'
import { timeline } from './timeline.js'

/** Requests that a page lists of one run; the JSON report has the rest. */
const MOST_REQUESTS = 2_000
const MOST_EXPECTED = 200
const MOST_OTHERS = 200
const MOST_NOTES = 100

/** The requests that the service dropped: most readers came for them. */
export const dropsOnTop = (runs: readonly RunContent[]): Markup =>
  markup`${runs.map((run, index) => {
    const dropped = droppedOf(run)
    if (run.unanswered === null || run.dropsExpected || dropped.length === 0) return NOTHING
    const { listed, notListed } = run.unanswered
    return markup`<section id="run-${index}-drops" aria-labelledby="run-${index}-drops-title">
<h2 id="run-${index}-drops-title">${run.name}: ${plural(run.drops, 'request')} dropped, by cause and pod</h2>
${advice(run.unanswered)}
<p class="filter" hidden><label for="filter-${index}">Filter these requests</label> <input type="search" id="filter-${index}" placeholder="client, pod, path, URL, cause …" autocomplete="off"> <output for="filter-${index}"></output></p>
${causes(dropped, { run: index, most: MOST_REQUESTS, advised: run.unanswered.advice.length > 1 })}
${notListed === 0 ? NOTHING : markup`<p class="faint">The causes of the first ${count(listed)} requests are known; ${count(notListed)} more were counted by outcome alone.</p>`}
</section>`
  })}`

const droppedOf = ({ unanswered }: RunContent): CauseGroup[] =>
  unanswered?.causes.filter(({ dropped }) => dropped) ?? []

/** One run: the lives of its pods, its charts, its tables. */
export function runSection(content: RunContent, run: RunReport, index: number, versions: readonly string[]): Markup {
  const { name, drops, attempts, description, rollout, urls, outcomes, pods, notes } = content
  const id = `run-${index}`
  const attention = notes.filter((note) => note.attention).slice(0, MOST_NOTES)
  const details = notes.filter((note) => !note.attention).slice(0, MOST_NOTES)
  return markup`<section class="run" id="${id}" aria-labelledby="${id}-title">
<h2 id="${id}-title">${name}: <span class="${drops > 0 ? 'bad' : 'good'}">${count(drops)} dropped</span> of ${count(attempts)}</h2>
<p>${description}</p>
${prose(rollout, 'faint')}
<p class="faint mono">${urls.join('  ')}</p>
${marginNote(content)}
${attention.map(({ text }) => markup`<div class="note doubt">${prose(text)}</div>`)}
${timeline(run, versions, index)}
<details open><summary>Requests by client class</summary>${htmlTable(outcomes, `${name}: requests by client class and outcome`)}</details>
<details><summary>Pods in numbers</summary>${htmlTable(pods, `${name}: pods, in seconds since the rollout began`)}</details>
${others(content, index)}
<details><summary>Notes</summary><ul>${details.map(({ text }) => markup`<li>${prose(text)}</li>`)}</ul></details>
</section>`
}

const marginNote = ({ margin }: RunContent): Markup =>
  margin === null ? NOTHING : markup`<div class="note ${margin.tone ?? ''}">${prose(margin.sentence)}</div>`

/** Unanswered requests that are not on top: those of a twin, and those that are no drops. */
function others({ unanswered, dropsExpected, ...run }: RunContent, index: number): Markup {
  if (unanswered === null) return NOTHING
  const dropped = unanswered.causes.filter((group) => group.dropped)
  const rest = unanswered.causes.filter((group) => !group.dropped)
  return markup`${
    dropsExpected && dropped.length > 0
      ? markup`<details><summary>${plural(run.drops, 'request')} dropped, as expected of the twin</summary>${advice(unanswered)}${causes(dropped, { run: index, most: MOST_EXPECTED, advised: unanswered.advice.length > 1 })}</details>`
      : NOTHING
  }${
    rest.length > 0
      ? markup`<details><summary>Requests that were neither answered nor dropped</summary>${causes(rest, { run: index, most: MOST_OTHERS, advised: false })}</details>`
      : NOTHING
  }`
}
