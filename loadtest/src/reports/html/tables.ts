import { OUTCOMES, OUTCOME_NAMES } from '../../base/attempt.js'
import type { Report } from '../json.js'
import { markup, NOTHING } from './markup.js'
import type { Markup } from './markup.js'
import { clock, count, milliseconds, since } from './words.js'

type Run = Report['runs'][number]

/** More rows than this nobody reads; the rest is in report.json. */
const MOST_ROWS = 300

/** What was not answered, with its cause and what to do about it. */
export function dropTable(run: Run, most: number = MOST_ROWS): Markup {
  const { unanswered, unansweredNotListed } = run
  if (unanswered.length === 0) return NOTHING
  const more = unanswered.length + unansweredNotListed - Math.min(most, unanswered.length)
  return markup`<div class="scroll tall">
      <table>
        <thead>
          <tr>
            <th class="text">time (UTC)</th>
            <th class="text">class</th>
            <th class="text">cause</th>
            <th class="text">what to do</th>
            <th class="text">request</th>
            <th class="text">client saw</th>
            <th class="text">servers' logs</th>
          </tr>
        </thead>
        <tbody>
          ${unanswered.slice(0, most).map(
            (line) =>
              markup`<tr>
                <td class="mono">${clock(line.at)}</td>
                <td
                  class="text ${OUTCOMES[line.outcome].standing === 'drop' ? 'bad' : 'doubt'}"
                  title="${OUTCOMES[line.outcome].meaning}"
                >
                  ${line.outcome}
                </td>
                <td class="text wrap">${line.cause}</td>
                <td class="text wrap">${line.advice}</td>
                <td class="text mono" title="${line.id}">${line.client}: ${line.request}<br />${line.url}</td>
                <td class="text wrap">${line.detail}</td>
                <td class="text wrap">${line.serverSide ?? 'not known'}</td>
              </tr>`,
          )}
        </tbody>
      </table>
    </div>
    ${more > 0 ? markup`<p class="faint">… and ${count(more)} more, in report.json.</p>` : NOTHING}`
}

/** How often each advice is given. */
export function adviceList({ unanswered }: Run): Markup {
  const counts = new Map<string, number>()
  for (const { advice } of unanswered) counts.set(advice, (counts.get(advice) ?? 0) + 1)
  const sorted = [...counts].toSorted(([, left], [, right]) => right - left)
  return markup`<ul>
    ${sorted.map(([advice, times]) => markup`<li>${count(times)} × ${advice}</li>`)}
  </ul>`
}

/** Attempts by client class and by how they ended. */
export function outcomeTable({ requests }: Run): Markup {
  const shown = OUTCOME_NAMES.filter((name) => name === 'answered' || requests.outcomes[name] > 0)
  const cell = (name: (typeof shown)[number], value: number): Markup =>
    markup`<td class="${value > 0 && OUTCOMES[name].standing === 'drop' ? 'bad' : ''}">${count(value)}</td>`
  return markup`<div class="scroll">
    <table>
      <thead>
        <tr>
          <th>client</th>
          ${shown.map((name) => markup`<th title="${OUTCOMES[name].meaning}">${name}</th>`)}
          <th>in hazard</th>
          <th>p50</th>
          <th>p99</th>
          <th>max</th>
        </tr>
      </thead>
      <tbody>
        ${Object.entries(requests.clients).map(
          ([client, tally]) =>
            markup`<tr>
              <td>${client}</td>
              ${shown.map((name) => cell(name, tally.outcomes[name]))}
              <td>${count(tally.hazardAttempts)}</td>
              <td>${milliseconds(tally.latencyMs.p50)}</td>
              <td>${milliseconds(tally.latencyMs.p99)}</td>
              <td>${milliseconds(tally.latencyMs.max)}</td>
            </tr>`,
        )}
        <tr class="total">
          <td>all</td>
          ${shown.map((name) => cell(name, requests.outcomes[name]))}
          <td>${count(requests.exposure.attempts)}</td>
          <td></td>
          <td></td>
          <td></td>
        </tr>
      </tbody>
    </table>
  </div>`
}

/** Each pod's moments, in seconds since the rollout began, and its margin. */
export function podTable({ pods }: Run, origin: number): Markup {
  return markup`<div class="scroll">
    <table>
      <thead>
        <tr>
          <th>pod</th>
          <th>version</th>
          <th>created</th>
          <th>ready</th>
          <th>SIGTERM</th>
          <th>out of the endpoints</th>
          <th>last new</th>
          <th>last reused</th>
          <th>listener closed</th>
          <th>gone</th>
          <th>exit</th>
          <th>answered</th>
          <th>margin</th>
          <th>comfortable delay</th>
        </tr>
      </thead>
      <tbody>
        ${pods.map(
          (pod) =>
            markup`<tr>
              <td class="mono">${pod.pod}</td>
              <td>${pod.version ?? '–'}</td>
              ${[
                pod.createdAt,
                pod.readyAt,
                pod.terminatingAt ?? pod.killedAt,
                pod.terminatingAt === null ? null : pod.lastEndpointRemovedAt,
                pod.terminatingAt === null ? null : pod.lastFreshArrivalAt,
                pod.terminatingAt === null ? null : pod.lastReusedArrivalAt,
                pod.listenerClosedAt,
                pod.goneAt,
              ].map((at) => markup`<td>${since(at, origin)}</td>`)}
              <td>${exitOf(pod)}</td>
              <td>${count(pod.answered)}</td>
              ${marginCells(pod)}
            </tr>`,
        )}
      </tbody>
    </table>
  </div>`
}

const exitOf = ({ goneAt, exitCode, killed, killedAt }: Run['pods'][number]): string => {
  if (goneAt === null) return '–'
  return killed || killedAt !== null ? 'SIGKILL' : String(exitCode ?? '?')
}

function marginCells({ margin }: Run['pods'][number]): Markup {
  if (margin === null)
    return markup`<td>–</td>
      <td>–</td>`
  const { assessment, fresh, comfortableDelayMs } = margin
  const scarce = assessment === 'near-miss' || assessment === 'too-short'
  return markup`<td class="${scarce ? 'doubt' : ''}">
      ${fresh.spareMs === null ? '' : `${milliseconds(fresh.spareMs)}, `}${assessment}
    </td>
    <td>${milliseconds(comfortableDelayMs)}</td>`
}
