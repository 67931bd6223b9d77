import { isDrop, OUTCOME_NAMES } from '../base/attempt.js'
import { toEpoch } from '../base/clock.js'
import type { FailedAttempt, LedgerSummary } from '../ledger/ledger.js'
import type { RunRecord } from './story/run-record.js'
import { CONFIDENCE, upperBound } from '../base/statistics.js'
import { noOutcomes } from '../ledger/tally.js'
import type { OutcomeCounts } from '../ledger/tally.js'
import type { PodLife } from './story/pod-life.js'

/** The sums over several rollouts of one service. */
export interface Totals {
  readonly requests: number
  readonly drops: number
  readonly outcomes: OutcomeCounts
  /** The part of the requests that was inside hazard windows. */
  readonly exposure: LedgerSummary['exposure']
  /** Requests on a connection that had answered before. */
  readonly reused: number
  /** Pods that got SIGTERM. */
  readonly terminations: number
  /** Terminations with a dropped request in their hazard window. */
  readonly terminationsWithDrops: number
}

/** Adds up rollouts. */
export function gather(records: readonly RunRecord[]): Totals {
  const outcomes = noOutcomes()
  for (const { ledger } of records) for (const name of OUTCOME_NAMES) outcomes[name] += ledger.outcomes[name]
  const total = (of: (record: RunRecord) => number): number => records.reduce((sum, record) => sum + of(record), 0)
  return {
    requests: total(({ ledger }) => ledger.attempts),
    drops: total(({ ledger }) => ledger.drops),
    outcomes,
    exposure: {
      attempts: total(({ ledger }) => ledger.exposure.attempts),
      drops: total(({ ledger }) => ledger.exposure.drops),
      fresh: total(({ ledger }) => ledger.exposure.fresh),
      reused: total(({ ledger }) => ledger.exposure.reused),
      spanning: total(({ ledger }) => ledger.exposure.spanning),
    },
    reused: total(({ ledger }) => ledger.reused),
    terminations: total(({ timeline }) => timeline.terminations.length),
    terminationsWithDrops: total(countWithDrops),
  }
}

/**
 * Counts the terminations with drops. A drop counts against the pod that it was sent to. If that pod is unknown, the drop counts
 * against every pod that was terminating at the time: a bound may be too large, but never too small.
 */
function countWithDrops({ ledger, timeline }: RunRecord): number {
  const { terminations } = timeline
  if (ledger.exposure.drops > 0 && ledger.failuresNotListed > 0) return terminations.length
  const drops = ledger.failures.filter(({ outcome, hazard }) => hazard && isDrop(outcome))
  return new Set(drops.flatMap((drop) => endangering(drop, terminations))).size
}

function endangering(drop: FailedAttempt, terminations: readonly PodLife[]): PodLife[] {
  const { attempt, ending, execution, refusal, startedAt, endedAt } = drop
  const meanwhile = terminations.filter(
    ({ terminatingAt, goneAt }) =>
      (terminatingAt ?? 0) <= toEpoch(endedAt) && (goneAt ?? Infinity) >= toEpoch(startedAt),
  )
  const sentTo = ending.pod ?? execution?.pod ?? refusal?.pod ?? attempt?.pod
  const own = meanwhile.filter(({ pod }) => pod === sentTo)
  return own.length > 0 ? own : meanwhile
}

/** The numbers behind a verdict, over all rollouts; null if a number is unknown. */
export interface Statistics {
  /** Rollouts under load, not counting the twin's. */
  readonly rollouts: number
  readonly requests: number
  readonly drops: number
  /** Requests that were in flight at some time between the SIGTERM of a pod and its exit. */
  readonly requestsInHazardWindows: number
  readonly dropsInHazardWindows: number
  /** Pods that got SIGTERM. */
  readonly terminations: number
  /** Terminations with a dropped request in their hazard window. */
  readonly terminationsWithDrops: number
  /** The confidence of both bounds, as a share. */
  readonly confidence: number
  /** Upper bound of the share of requests in hazard windows that are dropped. */
  readonly upperBoundPerRequest: number | null
  /** Upper bound of the share of pod terminations that drop requests. */
  readonly upperBoundPerTermination: number | null
  readonly twinRequests: number | null
  readonly twinDrops: number | null
}

/** @param rollouts the number of rollouts that the totals are made of */
export function statisticsOf(totals: Totals, rollouts: number, twin: RunRecord | undefined): Statistics {
  const { requests, drops, exposure, terminations, terminationsWithDrops } = totals
  return {
    rollouts,
    requests,
    drops,
    requestsInHazardWindows: exposure.attempts,
    dropsInHazardWindows: exposure.drops,
    terminations,
    terminationsWithDrops,
    confidence: CONFIDENCE,
    upperBoundPerRequest: upperBound(exposure.drops, exposure.attempts) ?? null,
    upperBoundPerTermination: upperBound(terminationsWithDrops, terminations) ?? null,
    twinRequests: twin?.ledger.attempts ?? null,
    twinDrops: twin?.ledger.drops ?? null,
  }
}
