import { OUTCOMES } from '../../base/attempt.js'
import { clock, count, plural } from '../../base/text.js'
import type { CauseGroup, ListedRequest, PodGroup, Unanswered } from '../content/unanswered.js'
import { markup, NOTHING } from './markup.js'
import type { Markup } from './markup.js'
import { prose } from './prose.js'

/** More causes and pods than these are counted, and listed in the JSON report. */
const MOST_CAUSES = 30
const MOST_LISTS = 120

export interface DropsOptions {
  /** The place of the run in the report, for anchors. */
  readonly run: number
  /** Requests that the page lists, over all causes. */
  readonly most: number
  /** Each cause says what to do, because there is more than one advice. */
  readonly advised: boolean
}

/** Renders the causes of unanswered requests: each with its pods, and below each pod its requests. */
export function causes(groups: readonly CauseGroup[], { run, most, advised }: DropsOptions): Markup {
  const shown = groups.slice(0, MOST_CAUSES)
  const lists = shown.flatMap(({ pods }) => pods).slice(0, MOST_LISTS)
  const rows = shares(
    lists.map(({ requests }) => requests.length),
    most,
  )
  const rowsOf = new Map(lists.map((list, index) => [list, rows[index] ?? 0]))
  const more = groups.length - shown.length
  return markup`<ol class="causes">
${shown.map((group, index) => cause(advised ? group : { ...group, advice: null }, `run-${run}-cause-${index + 1}`, run, rowsOf))}
</ol>
${more === 0 ? NOTHING : markup`<p class="faint">… and ${plural(more, 'more cause')}, in the JSON report</p>`}`
}

/** Renders what to do about the drops, the most frequent advice first. */
export const advice = ({ advice: all }: Unanswered): Markup =>
  all.length === 0
    ? NOTHING
    : markup`<div class="note"><h3>What to do</h3><ul>${all.slice(0, MOST_CAUSES).map((each) => markup`<li>${each}</li>`)}</ul></div>`

/** The anchor of a request: `run-0-drop-17` is `runs[0].unanswered[17]` of the JSON report. */
const anchor = (run: number, { index }: ListedRequest): string => `run-${run}-drop-${index}`

function cause(group: CauseGroup, id: string, run: number, rowsOf: ReadonlyMap<PodGroup, number>): Markup {
  const { title, outcome, dropped, advice: todo, count: size, pods } = group
  const shown = pods.filter((pod) => rowsOf.has(pod))
  const more = pods.length - shown.length
  return markup`<li class="cause" id="${id}">
<h3><a class="number ${dropped ? 'bad' : 'doubt'}" href="#${id}">${count(size)}</a> ${title}</h3>
<p class="faint">${OUTCOMES[outcome].meaning}</p>
${todo === null ? NOTHING : markup`<p><b>What to do:</b> ${todo}</p>`}
${shown.map((pod) => podRows(pod, run, rowsOf.get(pod) ?? 0))}
${more === 0 ? NOTHING : markup`<p class="faint">… and ${plural(more, 'more pod')}, in the JSON report</p>`}
</li>`
}

function podRows({ pod, requests }: PodGroup, run: number, most: number): Markup {
  const [first, last] = [requests[0], requests.at(-1)]
  const shown = requests.slice(0, most)
  const more = requests.length - shown.length
  const period =
    first === undefined || last === undefined
      ? ''
      : first === last
        ? `at ${clock(first.at)}`
        : `from ${clock(first.at)} to ${clock(last.at)}`
  return markup`<details class="pod"><summary><b>${plural(requests.length, 'request')}</b> at ${pod ?? 'an unknown pod'} <span class="faint">${period}</span></summary>
<ol class="requests">${shown.map((request) => requestRow(request, anchor(run, request)))}</ol>
${more === 0 ? NOTHING : markup`<p class="faint">… and ${count(more)} more, in the JSON report</p>`}
</details>`
}

const requestRow = (request: ListedRequest, id: string): Markup => {
  const { at, client, request: what, url, cause: why, detail, serverSide } = request
  return markup`<li id="${id}"><a href="#${id}"><time>${clock(at)}</time></a> <b>${client}</b> <code>${what}</code> <span class="faint">${url}</span>
<p>${why}</p>${prose(`${detail}${serverSide === null ? '' : `; ${serverSide}`}`, 'faint')}</li>`
}

/** Shares out `most` rows over lists of these sizes, so that every list has some, and small lists are whole. */
export function shares(sizes: readonly number[], most: number): number[] {
  const result = sizes.map(() => 0)
  let left = most
  const inOrder = sizes.map((size, index) => ({ size, index })).toSorted((one, other) => one.size - other.size)
  inOrder.forEach(({ size, index }, place) => {
    const share = Math.min(size, Math.floor(left / (inOrder.length - place)))
    result[index] = share
    left -= share
  })
  return result
}
