import { selfTestLine } from '../../verdict/self-test-result.js'
import { bodiesLines } from '../bodies-lines.js'
import type { Report } from '../json.js'
import { lanes, spanOf } from './lanes.js'
import { markup, NOTHING } from './markup.js'
import type { Markup } from './markup.js'
import { adviceList, dropTable, outcomeTable, podTable } from './tables.js'
import { clock, count, milliseconds } from './words.js'

type Run = Report['runs'][number]

const nameOf = ({ role, round }: Run): string =>
  role === 'twin' ? 'The naive twin' : `The service${round === '' ? '' : `, ${round}`}`

/** What was dropped by the service, on top: it is what somebody came for. */
export function dropsOnTop(runs: readonly Run[]): Markup {
  const dropping = runs.filter(
    ({ role, unanswered }) => unanswered.length > 0 && (role === 'service' || runs.length === 1),
  )
  return markup`${dropping.map(
    (run) =>
      markup`<section>
        <h2>${nameOf(run)}: not answered</h2>
        ${adviceList(run)}${dropTable(run)}
      </section>`,
  )}`
}

/** One run: its pods' lives, its plots, its counts. */
export function runSection(run: Run, index: number, versions: readonly string[], dropsShown: boolean): Markup {
  const { requests } = run
  const lost =
    requests.drops > 0
      ? markup`<span class="bad">${count(requests.drops)} dropped</span>`
      : markup`<span class="good">0 dropped</span>`
  return markup`<section class="run">
    <h2>${nameOf(run)}: ${lost} of ${count(requests.attempts)}</h2>
    <p class="faint">${run.description}<br />${rollout(run)} <span class="mono">${run.urls.join('  ')}</span></p>
    ${marginNote(run)}
    <h3>Pods</h3>
    ${lanes(run, versions)}
    <h3>Answers per second, by version</h3>
    <div class="plot" id="rate-${index}"></div>
    <h3>Latency of answers, from when they were due</h3>
    <div class="plot" id="latency-${index}"></div>
    <h3>Requests</h3>
    ${outcomeTable(run)}
    <details>
      <summary>Pods in numbers, in seconds since the rollout began</summary>
      ${podTable(run, spanOf(run).origin)}
    </details>
    ${
      run.unanswered.length > 0 && !dropsShown
        ? markup`<details>
            <summary>What was not answered</summary>
            ${adviceList(run)}${dropTable(run, 100)}
          </details>`
        : NOTHING
    }
    <details>
      <summary>Notes</summary>
      <ul>
        ${notes(run).map((note) => markup`<li>${note}</li>`)}
      </ul>
    </details>
  </section>`
}

function rollout({ outcome, rolloutStartedAt, rolloutEndedAt }: Run): string {
  if (rolloutStartedAt === null || rolloutEndedAt === null) return 'No rollout took place.'
  const took = `${((rolloutEndedAt - rolloutStartedAt) / 1_000).toFixed(1)} s`
  const begun = `It began at ${clock(rolloutStartedAt)} UTC`
  if (outcome.status === 'finished') return `${begun} and took ${took}.`
  if (outcome.status === 'failed') return `${begun} and failed after ${took}: ${outcome.reason}`
  return `${begun} and was interrupted after ${took}.`
}

function marginNote({ margin }: Run): Markup {
  if (margin === null) return NOTHING
  const reused = margin.reusedSentence === null ? NOTHING : markup`<p>${margin.reusedSentence}</p>`
  const kind = margin.reusedSentence === null || margin.assessment === 'too-short' ? margin.assessment : 'near-miss'
  return markup`<div class="note ${kind}">
    <p>${margin.sentence}</p>
    ${reused}
  </div>`
}

function notes(run: Run): string[] {
  const { serverLog, requests, background, harness, connections, gaps, leftover, kept, unansweredNotListed } = run
  const { eventLoopDelayMs, latenessMs } = harness
  return [
    serverLog === null
      ? "Judged from the clients' side alone: no server's log is known."
      : `Servers' logs: ${count(serverLog.executed)} requests executed, ${count(serverLog.executedTwice)} of them more than once` +
        `${serverLog.startsKnown ? '' : '; they do not tell of starts'}; ${count(requests.answeredWithoutLog ?? 0)} answered requests in none of them.`,
    ...bodiesLines(run),
    ...gaps.map(
      ({ at, of, detail }) => `${clock(at)} gap of the ${of === 'log' ? "servers' logs" : 'watch'}: ${detail}`,
    ),
    ...run.events.flatMap((event) =>
      event.type === 'container-ended'
        ? `${clock(event.at)} the container of ${event.pod} ended with ${event.exitCode ?? '?'}: ${event.reason}`
        : [],
    ),
    ...(connections.closedEarly > 0
      ? [
          `${count(connections.closedEarly)} idle connections closed before the time the server had promised (the earliest after ${milliseconds(connections.shortestIdleMs)}): no request was on them, but one could have been.`,
        ]
      : []),
    ...(background === null
      ? []
      : [
          `Background load (autocannon; no part of the verdict): ${count(background.acknowledged)} of ${count(background.issued)} acknowledged, ${count(background.lostAfterClose)} lost by itself, ${count(background.lost)} lost otherwise.`,
        ]),
    `Harness: requests started ${milliseconds(latenessMs.p99)} late (p99), event loop at most ${milliseconds(eventLoopDelayMs.max)} late, ${Math.round(harness.cpu * 100)} % of a core, waited for one for ${Math.round(harness.withheld.own * 100)} % of the time, ${harness.peakMemoryMiB} MiB.`,
    ...(unansweredNotListed > 0
      ? [`${count(unansweredNotListed)} more requests were not answered than are listed.`]
      : []),
    leftover === null
      ? kept
        ? 'The finished rollout was left as it is.'
        : 'The target was put back as it was found.'
      : `Left behind: ${leftover}`,
  ]
}

export const selfTestNote = ({ selfTest }: Report): string =>
  selfTest === null ? 'The self-test did not come to its end.' : selfTestLine(selfTest)
