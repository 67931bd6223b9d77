import { OUTCOMES, OUTCOME_NAMES } from '../../base/attempt.js'
import type { Outcome } from '../../base/attempt.js'
import { count, duration, plural } from '../../base/text.js'
import { CLIENT_CLASSES } from '../../clients/index.js'
import type { OutcomeCounts, TallySummary } from '../../ledger/tally.js'
import type { RunReport } from '../report.js'
import type { Cell, Table } from './table.js'

/** Requests by client class: a column for each outcome that occurred, then latencies of answered requests. */
export function outcomeTable({ requests }: Pick<RunReport, 'requests'>): Table {
  const shown = OUTCOME_NAMES.filter((name) => name === 'answered' || requests.outcomes[name] > 0)
  const rows = inOrder(requests.clients).map(([client, tally]) => [
    { text: client },
    ...countCells(shown, tally.outcomes),
    { text: count(tally.hazardAttempts) },
    ...[tally.latencyMs.p50, tally.latencyMs.p99, tally.latencyMs.max].map((ms) => ({ text: duration(ms) })),
  ])
  const unknown = { text: '' }
  return {
    columns: [
      { header: 'client' },
      ...shown.map((name) => ({ header: name, title: OUTCOMES[name].meaning })),
      { header: 'in hazard', title: 'in flight or started between the SIGTERM of a pod and its exit' },
      {
        header: 'p50',
        title:
          'median latency of answered requests: from when each was due, without the time that its client asked for',
      },
      { header: 'p99', title: '99th percentile of the same latencies' },
      { header: 'max', title: 'longest of the same latencies' },
    ],
    rows,
    total: [
      { text: 'all' },
      ...countCells(shown, requests.outcomes),
      { text: count(requests.exposure.attempts) },
      // Percentiles of different classes do not add up.
      unknown,
      unknown,
      unknown,
    ],
  }
}

/** `204 of 9,659 requests dropped: 122 refused, 82 truncated` */
export function dropCountsOf({ requests: { drops, attempts, outcomes } }: Pick<RunReport, 'requests'>): string {
  const how = drops === 0 ? '' : `: ${countsOfStanding('drop', outcomes)}`
  return `${count(drops)} of ${plural(attempts, 'request')} dropped${how}`
}

/** The requests of a run in one line: {@link dropCountsOf}, then other outcomes, hazard windows and latency. */
export function countsOf(run: Pick<RunReport, 'requests'>): string {
  const { outcomes, exposure, clients } = run.requests
  const others = [countsOfStanding('apart', outcomes), countsOfStanding('harness', outcomes)]
  const slowest = Math.max(...Object.values(clients).map(({ latencyMs }) => latencyMs.p99 ?? 0), 0)
  return [
    dropCountsOf(run),
    ...others.filter((text) => text !== ''),
    `${count(exposure.attempts)} in hazard windows`,
    ...(slowest > 0 ? [`p99 at most ${duration(slowest)}`] : []),
  ].join('; ')
}

/** The counts of the outcomes that say the same about the service, most frequent first. */
const countsOfStanding = (standing: string, outcomes: OutcomeCounts): string =>
  OUTCOME_NAMES.filter((name) => OUTCOMES[name].standing === standing && outcomes[name] > 0)
    .toSorted((left, right) => outcomes[right] - outcomes[left])
    .map((name) => `${count(outcomes[name])} ${name}`)
    .join(', ')

/** In the order of the client classes, not in the order in which their first requests ended. */
const inOrder = (clients: Readonly<Record<string, TallySummary>>): [string, TallySummary][] => {
  const order = CLIENT_CLASSES.map(({ name }) => name)
  return Object.entries(clients).toSorted(([left], [right]) => order.indexOf(left) - order.indexOf(right))
}

const countCells = (shown: readonly Outcome[], counts: OutcomeCounts): Cell[] =>
  shown.map((name) => {
    const text = count(counts[name])
    return counts[name] > 0 && OUTCOMES[name].standing === 'drop' ? { text, tone: 'bad' } : { text }
  })
