import { CUT, OUTCOMES, OUTCOME_NAMES } from '../base/attempt.js'
import type { FailedAttempt } from '../ledger/ledger.js'
import type { RunRecord } from './story/run-record.js'
import type { WorkerRecord } from './story/worker-record.js'
import { bottleneck } from '../base/machine/self-watch.js'
import type { SelfReport } from '../base/machine/self-watch.js'
import { percent, plural } from '../base/text.js'

/** Lists the faults of the harness that make a run inconclusive, whatever its scenario. */
export function doubtsAboutHarness({ ledger, outcome, self, workers = [] }: RunRecord): string[] {
  const { outcomes } = ledger
  const faults = OUTCOME_NAMES.filter((name) => OUTCOMES[name].standing === 'harness' && outcomes[name] > 0)
  // The requests started on the workers.
  const busy = bottleneck(workers.length === 0 ? self : { ...self, latenessMs: NOT_SENDING })
  return [
    ...(outcome.status === 'interrupted' ? [] : faults).map((name) =>
      name === 'starved'
        ? starvedLine(outcomes[name], mostStarved([self, ...selvesOf(workers)]))
        : `${plural(outcomes[name], 'request')} ended as ${name} (${OUTCOMES[name].meaning})`,
    ),
    ...(busy === undefined ? [] : [busy]),
    ...workers.flatMap(doubtsAboutWorker),
  ]
}

/** A lost worker may have seen drops that nobody knows of. */
function doubtsAboutWorker(worker: WorkerRecord): string[] {
  const { index, pod, node, lost, attempts, harness } = worker
  const name = `worker ${index}${pod === null ? '' : ` (pod ${pod}${node === null ? '' : ` on ${node}`})`}`
  if (lost !== null)
    return [`${name} was lost after ${plural(attempts, 'request')}, and what it saw later is unknown: ${lost}`]
  const busy = harness === null ? undefined : bottleneck(harness)
  return busy === undefined ? [] : [`${name}: ${busy}, or raise --workers`]
}

const NOT_SENDING: SelfReport['latenessMs'] = { count: 0, p50: null, p99: null, max: null }

const selvesOf = (workers: readonly WorkerRecord[]): SelfReport[] =>
  workers.flatMap(({ harness }) => (harness === null ? [] : [harness]))

const mostStarved = (all: readonly SelfReport[]): SelfReport =>
  all.reduce((most, each) => (each.withheld.own > most.withheld.own ? each : most))

function starvedLine(requests: number, { withheld: { own, any } }: SelfReport): string {
  const machine = any === null ? '' : `, some process for ${percent(any)}`
  return (
    `${plural(requests, 'request')} timed out while this machine had no CPU to spare (zero-drop waited for a CPU for ` +
    `${percent(own)} of the time${machine}), and no server log blames the service: run again on a quieter machine, or ` +
    'lower --rate'
  )
}

/** Returns whether a harness that did not keep up can have caused all drops itself: they say nothing about the service. */
export const onlyLate = ({ ledger, self, workers = [] }: RunRecord): boolean =>
  [self, ...selvesOf(workers)].some((each) => bottleneck(each) !== undefined) &&
  ledger.drops ===
    ledger.outcomes['timed-out'] + ledger.outcomes.unreachable + ledger.failures.filter(metIdleClose).length

/** Returns whether a request came so late that the server had the right to close its connection as idle. */
const metIdleClose = ({ outcome, execution, attempt, endedAt }: FailedAttempt): boolean =>
  CUT.has(outcome) && execution === undefined && endedAt >= (attempt?.mayCloseAt ?? Infinity)
