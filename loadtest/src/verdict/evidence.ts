import { isDrop, OUTCOME_NAMES } from '../attempt.js'
import { toEpoch } from '../clock.js'
import type { Failure, LedgerSummary } from '../ledger.js'
import type { RunRecord } from '../run-record.js'
import { noOutcomes } from '../tally.js'
import type { OutcomeCounts } from '../tally.js'
import type { PodLife } from '../timeline.js'

/** What several rollouts of one service add up to. */
export interface Evidence {
  readonly requests: number
  readonly drops: number
  readonly outcomes: OutcomeCounts
  /** Of the requests, those inside hazard windows. */
  readonly exposure: LedgerSummary['exposure']
  /** Pods that got SIGTERM. */
  readonly terminations: number
  /** Of those, the ones in whose hazard window a request was dropped. */
  readonly terminationsWithDrops: number
}

export function gather(records: readonly RunRecord[]): Evidence {
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
    terminations: total(({ timeline }) => timeline.terminations.length),
    terminationsWithDrops: total(terminationsWithDrops),
  }
}

/**
 * A drop counts against the pod that it is known to have been sent to. Where nobody knows which that was it counts against
 * every pod that was terminating meanwhile: the bound is then too large rather than too small.
 */
function terminationsWithDrops({ ledger, timeline }: RunRecord): number {
  const { terminations } = timeline
  if (ledger.exposure.drops > 0 && ledger.failuresNotListed > 0) return terminations.length
  const drops = ledger.failures.filter(({ outcome, hazard }) => hazard && isDrop(outcome))
  return new Set(drops.flatMap((drop) => endangering(drop, terminations))).size
}

function endangering(drop: Failure, terminations: readonly PodLife[]): PodLife[] {
  const { attempt, ending, execution, refusal, startedAt, endedAt } = drop
  const meanwhile = terminations.filter(
    ({ terminatingAt, goneAt }) =>
      (terminatingAt ?? 0) <= toEpoch(endedAt) && (goneAt ?? Infinity) >= toEpoch(startedAt),
  )
  const sentTo = ending.pod ?? execution?.pod ?? refusal?.pod ?? attempt?.pod
  const own = meanwhile.filter(({ pod }) => pod === sentTo)
  return own.length > 0 ? own : meanwhile
}
