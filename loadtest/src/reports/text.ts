import { OUTCOMES, OUTCOME_NAMES } from '../base/attempt.js'
import type { Outcome } from '../base/attempt.js'
import { CLIENT_CLASSES } from '../clients/index.js'
import type { Proof } from '../proof/prove.js'
import type { RunRecord } from '../verdict/story/run-record.js'
import { podStories } from '../verdict/story/pod-story.js'
import { selfTestLine } from '../verdict/self-test-result.js'
import { count, plural } from '../base/text.js'
import type { OutcomeCounts, TallySummary } from '../ledger/tally.js'
import { backgroundLines } from './background-lines.js'
import { bodiesLines } from './bodies-lines.js'
import { adviceCounts, dropLines } from './drops.js'
import type { DropLine } from './drops.js'
import { runMargin } from './margin-lines.js'
import { podLines } from './pod-lines.js'
import { retryingLines } from './retrying-lines.js'
import { table } from './table.js'

const SHOWN_DROPS = 20
/** Of a twin beside its service: there they are what was hoped for. */
const SHOWN_TWIN_DROPS = 3

/** The report for people: each run, then the verdict as the last line. */
export function textReport(proof: Proof, ...reportPaths: readonly string[]): string {
  const lines = proof.runs.flatMap((record) => [...runLines(record, shownDrops(proof, record)), ''])
  if (proof.twinSkipped !== undefined) lines.push(`The naive twin did not run: ${proof.twinSkipped}.`, '')
  if (proof.selfTest) lines.push(selfTestLine(proof.selfTest), '')
  lines.push(`Report: ${reportPaths.join(', ')}`, proof.verdict.sentence)
  return `${lines.join('\n')}\n`
}

const shownDrops = ({ runs }: Proof, { role }: RunRecord): number =>
  role === 'twin' && runs.length > 1 ? SHOWN_TWIN_DROPS : SHOWN_DROPS

function runLines(record: RunRecord, shown: number): string[] {
  const name =
    record.role === 'twin' ? 'The naive twin' : `The service${record.round === '' ? '' : `, ${record.round}`}`
  return [
    `${name}: ${record.description}`,
    `  ${record.urls.join('  ')}`,
    `  ${rolloutLine(record)}`,
    '',
    ...indent(outcomeTable(record)),
    '',
    ...indent(podLines(record)),
    ...indent(marginLines(record)),
    ...indent(dropSection(record, shown)),
    ...indent(notes(record)),
  ]
}

function rolloutLine({ outcome, rolloutStartedAt, rolloutEndedAt }: RunRecord): string {
  if (rolloutStartedAt === null || rolloutEndedAt === null) return 'No rollout took place.'
  const took = `${((rolloutEndedAt - rolloutStartedAt) / 1_000).toFixed(1)} s`
  if (outcome.status === 'finished') return `Rolled out in ${took}.`
  if (outcome.status === 'failed') return `The rollout failed after ${took}: ${outcome.reason}`
  return `The rollout was interrupted after ${took}.`
}

function outcomeTable({ ledger }: RunRecord): string[] {
  // A column for each way in which something ended; `answered` always.
  const shown = OUTCOME_NAMES.filter((name) => name === 'answered' || ledger.outcomes[name] > 0)
  const header = ['client', ...shown, 'in hazard', 'p50 ms', 'p99 ms', 'max ms']
  const rows = inOrder(ledger.clients).map(([client, tally]) => [
    client,
    ...cells(shown, tally.outcomes),
    count(tally.hazardAttempts),
    ...latencies(tally),
  ])
  const total = ['all', ...cells(shown, ledger.outcomes), count(ledger.exposure.attempts)]
  return table(header, [...rows, total])
}

/** As the classes are listed, not as their first attempts happened to end. */
const inOrder = (clients: Readonly<Record<string, TallySummary>>): [string, TallySummary][] => {
  const order = CLIENT_CLASSES.map(({ name }) => name)
  return Object.entries(clients).toSorted(([left], [right]) => order.indexOf(left) - order.indexOf(right))
}

const cells = (shown: readonly Outcome[], counts: OutcomeCounts): string[] => shown.map((name) => count(counts[name]))

const latencies = ({ latencyMs: { p50, p99, max } }: TallySummary): string[] =>
  [p50, p99, max].map((ms) => (ms === null ? '–' : ms.toFixed(ms < 10 ? 1 : 0)))

function dropSection(record: RunRecord, most: number): string[] {
  const all = dropLines(record)
  if (all.length === 0) return []
  const shown = all.slice(0, most)
  const lines = shown.flatMap(dropText)
  const more = all.length - shown.length + record.ledger.failuresNotListed
  if (more > 0) lines.push(`… and ${count(more)} more: see the report`)
  const advice = adviceCounts(all).map(([what, times]) => `  ${count(times)} × ${what}`)
  return ['', 'Not answered:', ...lines.map((line) => `  ${line}`), '', 'What to do:', ...advice]
}

function dropText(line: DropLine): string[] {
  const server = line.serverSide === null ? '' : `; ${line.serverSide}`
  return [
    `${time(line.at)}  ${line.client}  ${line.request} at ${line.url}`,
    `    ${line.outcome}: ${line.cause}`,
    `    ${line.detail}${server}`,
  ]
}

function marginLines(record: RunRecord): string[] {
  const margin = runMargin(podStories(record))
  if (!margin) return []
  return ['', margin.sentence, ...(margin.reusedSentence === null ? [] : [margin.reusedSentence])]
}

function notes(record: RunRecord): string[] {
  const { ledger, connections, self, timeline, leftover, serverLog } = record
  const lines: string[] = []
  const apart = ledger.outcomes['not-processed']
  if (apart > 0) lines.push(`${plural(apart, 'request')} not processed: ${OUTCOMES['not-processed'].meaning}.`)
  if (connections.closedEarly > 0) {
    lines.push(
      `${plural(connections.closedEarly, 'idle connection')} closed before the time the server had promised ` +
        `(the earliest after ${Math.round(connections.shortestIdleMs ?? 0)} ms): no request was on it, but one could have been.`,
    )
  }
  if (connections.streamsEnded > 0) {
    lines.push(`${plural(connections.streamsEnded, 'event stream')} ended whole by the server; the clients came back.`)
  }
  for (const event of timeline.events) {
    if (event.type === 'watch-gap') lines.push(`${time(event.at)}  the watch had a gap: ${event.detail}`)
    if (event.type === 'log-gap') lines.push(`${time(event.at)}  the servers' logs had a gap: ${event.detail}`)
    if (event.type === 'container-ended') {
      lines.push(
        `${time(event.at)}  the container of ${event.pod} ended with ${event.exitCode ?? '?'}: ${event.reason}`,
      )
    }
  }
  const log = serverLog.summary()
  if (log) {
    const twice = log.executedTwice > 0 ? `, ${count(log.executedTwice)} of them more than once` : ''
    const starts = log.startsKnown ? '' : "; they do not tell of starts, so what a killed server had begun isn't known"
    lines.push(`Servers' logs: ${plural(log.executed, 'request')} executed${twice}${starts}.`)
    const missing = ledger.answeredWithoutLog ?? 0
    if (missing > 0) {
      lines.push(
        `${plural(missing, 'answered request')} in no server's log: the logs have gaps, so that what they do not tell proves nothing.`,
      )
    }
  } else lines.push("Judged from the clients' side alone: no server's log is known.")
  lines.push(...bodiesLines(record))
  lines.push(...retryingLines(record), ...backgroundLines(record))
  const { eventLoopDelayMs, latenessMs, cpu, peakMemoryMiB, withheld } = self
  lines.push(
    `Harness: requests started ${latenessMs.p99 ?? 0} ms late (p99), event loop at most ${eventLoopDelayMs.max ?? 0} ms late, ` +
      `${Math.round(cpu * 100)} % of a core, waited for one for ${Math.round(withheld.own * 100)} % of the time, ${peakMemoryMiB} MiB.`,
  )
  if (leftover !== undefined) lines.push(`Left behind: ${leftover}`)
  else if (!record.kept) lines.push('The target was put back as it was found.')
  return ['', ...lines]
}

const indent = (lines: readonly string[]): string[] => lines.map((line) => (line === '' ? '' : `  ${line}`))

const time = (epoch: number): string => new Date(epoch).toISOString().slice(11, 23)
