import { count } from '../../base/text.js'
import type { RunContent } from '../content/content.js'
import type { RunReport } from '../report.js'
import { lanes } from './lanes.js'
import { markup, NOTHING } from './markup.js'
import type { Markup } from './markup.js'
import { htmlTable } from './table.js'
import { unansweredSection } from './unanswered.js'

/** Nobody reads more rows than this; the JSON report has the rest. */
const MOST_REQUESTS = 300
const MOST_EXPECTED = 100

/** The requests that the service did not answer: most readers came for them. */
export const unansweredOnTop = (runs: readonly RunContent[]): Markup =>
  markup`${runs.map(({ name, unanswered, dropsExpected }) =>
    unanswered === null || dropsExpected
      ? NOTHING
      : markup`<section>
          <h2>${name}: not answered</h2>
          ${unansweredSection(unanswered, MOST_REQUESTS)}
        </section>`,
  )}`

/** One run: the lives of its pods, its charts, its tables. `index` names its charts. */
export function runSection(content: RunContent, run: RunReport, index: number, versions: readonly string[]): Markup {
  const { name, drops, attempts, description, rollout, urls, outcomes, pods, unanswered, dropsExpected, notes } =
    content
  return markup`<section class="run">
    <h2>${name}: <span class="${drops > 0 ? 'bad' : 'good'}">${count(drops)} dropped</span> of ${count(attempts)}</h2>
    <p class="faint">${description}<br />${rollout} <span class="mono">${urls.join('  ')}</span></p>
    ${marginNote(content)}
    <h3>Pods</h3>
    ${lanes(run, versions)}
    <h3>Answers per second, by version</h3>
    <div class="plot" id="rate-${index}"></div>
    <h3>Latency of answers, from when each request was due</h3>
    <div class="plot" id="latency-${index}"></div>
    <h3>Requests</h3>
    ${htmlTable(outcomes)}
    <details>
      <summary>Pods in numbers, in seconds since the rollout began</summary>
      ${htmlTable(pods)}
    </details>
    ${
      unanswered !== null && dropsExpected
        ? markup`<details>
            <summary>Not answered</summary>
            ${unansweredSection(unanswered, MOST_EXPECTED)}
          </details>`
        : NOTHING
    }
    <details>
      <summary>Notes</summary>
      <ul>
        ${notes.map((note) => markup`<li>${note}</li>`)}
      </ul>
    </details>
  </section>`
}

const marginNote = ({ margin }: RunContent): Markup =>
  margin === null
    ? NOTHING
    : markup`<div class="note ${margin.tone ?? ''}">
        <p>${margin.sentence}</p>
      </div>`
