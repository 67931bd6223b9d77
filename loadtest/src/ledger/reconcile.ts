import { OUTCOMES } from '../base/attempt.js'
import type { Outcome } from '../base/attempt.js'
import type { AttemptRow, AttemptTable } from './attempt-table.js'
import { blameFor } from './blame.js'
import type { Blame } from './blame.js'
import { toEpoch } from '../base/clock.js'
import { ownFault } from '../base/machine/own-fault.js'
import type { RefusedConnection, Refusals } from './refusals.js'
import type { Execution, ServerLog } from './server-log.js'
import type { Starved } from '../base/machine/starvation.js'

/** What others than the clients know of a run's requests. It is complete when the run is over and its pods have been read. */
export interface ServerEvidence {
  readonly serverLog: Pick<ServerLog, 'of' | 'summary'>
  readonly refusals: Refusals
  /** Whether the machine that measures had no CPU to spare between two moments. Default: it always had. */
  readonly starved?: Starved
  /** Whether a pod that nobody had ended failed its readiness at that epoch time. Default: none did. */
  readonly isUnready?: (at: number) => boolean
}

/** One attempt, with everything that is known of it. */
export interface Reconciled {
  /** How it ended, all told. */
  readonly outcome: Outcome
  readonly execution: Execution | undefined
  readonly refusal: RefusedConnection | undefined
}

export interface Reconciliation {
  of(row: AttemptRow, seen: Outcome): Reconciled
  /** Answered requests that no server's log knows: the logs have gaps. Null where there are no logs. */
  readonly answeredWithoutLog: number | null
}

/**
 * Holds what clients saw against what the servers' logs and the load balancers say. That no log knows of a request means
 * that no handler was started for it only where the logs tell of starts, have no gaps, and know every request that was
 * answered.
 */
export function reconcile(
  table: AttemptTable,
  { serverLog, refusals, starved = () => false, isUnready = () => false }: ServerEvidence,
): Reconciliation {
  const log = serverLog.summary()
  let answeredWithoutLog = 0
  if (log) {
    for (let number = 1; number <= table.size; number += 1) {
      if (table.seen(number) === 'answered' && !serverLog.of(number)) answeredWithoutLog += 1
    }
  }
  const silenceTells = log !== undefined && log.startsKnown && log.gaps === 0 && answeredWithoutLog === 0
  return {
    answeredWithoutLog: log ? answeredWithoutLog : null,
    of: (row, seen) => {
      const execution = serverLog.of(row.number)
      const refusal =
        row.localPort === undefined
          ? undefined
          : refusals.find(row.url, row.localPort, toEpoch(row.startedAt), toEpoch(row.endedAt))
      const late = LATE.has(seen) || (refusal !== undefined && refusal.pod === undefined && isUnready(refusal.at))
      const blame = late ? blameFor(row, execution, starved(row.startedAt, row.endedAt)) : undefined
      const outcome = finalOutcome(seen, execution, refusal !== undefined, silenceTells, blame)
      // The local target's balancers run in this process: what they had no file or port for was not refused by a pod.
      const own = outcome === 'refused' && ownFault(refusal?.code) !== undefined
      return { outcome: own ? 'harness-fault' : outcome, execution, refusal }
    },
  }
}

/** A machine without a CPU to spare does this; and it lets probes fail, until no pod counts as ready any more. */
const LATE: ReadonlySet<Outcome> = new Set(['timed-out', 'unreachable'])

/** The one table of what becomes of what a client saw. */
export function finalOutcome(
  seen: Outcome,
  execution: Execution | undefined,
  refused: boolean,
  silenceTells: boolean,
  blame?: Blame,
): Outcome {
  if (OUTCOMES[seen].standing === 'harness') return seen
  if (execution && execution.times > 1) return 'executed-twice'
  switch (seen) {
    // The client was told that it may send it again; what was executed all the same is then executed twice.
    case 'not-processed':
      return execution ? 'executed-unanswered' : seen
    case 'reset':
    case 'closed':
    case 'unreachable':
      if (execution) return execution.end === 'finished' ? 'executed-unanswered' : 'reset-after-start'
      if (blame === 'machine') return 'starved'
      if (refused) return 'refused'
      return silenceTells && seen !== 'unreachable' ? 'reset-before-start' : seen
    case 'timed-out':
      return blame === 'machine' ? 'starved' : blame === 'way' ? 'executed-unanswered' : seen
    default:
      return seen
  }
}
