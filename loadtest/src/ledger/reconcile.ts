import { CUT, OUTCOMES } from '../base/attempt.js'
import type { Outcome } from '../base/attempt.js'
import type { AttemptRow, AttemptTable } from './attempt-table.js'
import { blameFor } from './blame.js'
import type { Blame } from './blame.js'
import { toEpoch } from '../base/clock.js'
import type { FileShortages } from './file-shortages.js'
import { ownFault } from '../base/machine/own-fault.js'
import type { RefusedConnection } from '../targets/target.js'
import type { Refusals } from './refusals.js'
import type { Execution, ServerLog } from './logs/server-log.js'
import type { Starved } from '../base/machine/starvation.js'

/** The knowledge of servers, load balancers and this machine about the requests of a run. Complete after the run. */
export interface ServerEvidence {
  readonly serverLog: Pick<ServerLog, 'of' | 'summary'>
  readonly refusals: Refusals
  /** Returns whether the measuring machine had no CPU to spare between two moments. Default: never. */
  readonly starved?: Starved
  /** Returns whether the load balancers, in this process, may have had no file for a connection between two moments. Default: never. */
  readonly outOfFiles?: FileShortages['near']
  /** Returns whether a pod that was not ending failed its readiness at that epoch time. Default: never. */
  readonly isUnready?: (at: number) => boolean
}

/** The clients' side alone. */
export const NO_EVIDENCE: ServerEvidence = {
  serverLog: { of: () => undefined, summary: () => undefined },
  refusals: { add: () => undefined, find: () => undefined },
}

/** The final outcome of one attempt, and what decided it. */
export interface Reconciled {
  readonly outcome: Outcome
  readonly execution: Execution | undefined
  readonly refusal: RefusedConnection | undefined
}

export interface Reconciliation {
  of(row: AttemptRow, seen: Outcome): Reconciled
  /** Answered requests that are in no server log: the logs have gaps. Null if there are no logs. */
  readonly answeredWithoutLog: number | null
}

/**
 * Compares what clients saw with the server logs and the load balancers. A request that is in no log had no handler only if the
 * logs record starts, have no gaps, and contain every answered request.
 */
export function reconcile(
  table: AttemptTable,
  { serverLog, refusals, starved = never, outOfFiles = never, isUnready = never }: ServerEvidence,
): Reconciliation {
  const log = serverLog.summary()
  const { answeredWithoutLog, messagesLogged } = log ? missing(table, serverLog) : NOTHING_MISSING
  const absenceProves = log !== undefined && log.startsKnown && log.gaps === 0 && answeredWithoutLog === 0
  return {
    answeredWithoutLog: log ? answeredWithoutLog : null,
    of: (row, seen) => {
      const execution = serverLog.of(row.number)
      const refusal =
        row.localPort === undefined
          ? undefined
          : refusals.find(row.url, row.localPort, toEpoch(row.startedAt), toEpoch(row.endedAt))
      const late = LATE.has(seen) || (refusal !== undefined && refusal.pod === undefined && isUnready(refusal.at))
      const blame = late ? blameFor(row, execution, starved(row.startedAt, row.endedAt, row.number)) : undefined
      const isLogged = absenceProves && (messagesLogged || !row.message)
      const outcome = finalOutcome(seen, execution, refusal !== undefined, isLogged, blame)
      // The balancers of the local target run in this process. If they ran out of files or ports, no pod refused anything. Without a file
      // for a new connection, libuv accepts it and closes it at once.
      const own =
        (outcome === 'refused' && ownFault(refusal?.code) !== undefined) ||
        (CUT.has(outcome) && !row.reused && outOfFiles(row.startedAt, row.endedAt))
      return { outcome: own ? 'harness-fault' : outcome, execution, refusal }
    },
  }
}

const never = (): boolean => false

const NOTHING_MISSING = { answeredWithoutLog: 0, messagesLogged: false }

/**
 * Counts the answered requests that are in no log. A service that logs no message of a WebSocket does not log messages, so they are not
 * missing.
 */
function missing(table: AttemptTable, serverLog: Pick<ServerLog, 'of'>): typeof NOTHING_MISSING {
  let [requests, messages] = [0, 0]
  let messagesLogged = false
  for (let number = 1; number <= table.size; number += 1) {
    const isMessage = table.isMessage(number)
    if (serverLog.of(number)) messagesLogged ||= isMessage
    else if (table.seen(number) === 'answered') {
      if (isMessage) messages += 1
      else requests += 1
    }
  }
  return { answeredWithoutLog: requests + (messagesLogged ? messages : 0), messagesLogged }
}

/** Outcomes that a machine with no CPU to spare causes. It also fails probes, until no pod is ready. */
const LATE: ReadonlySet<Outcome> = new Set(['timed-out', 'unreachable'])

/** Decides the final outcome: the one table from what a client saw to what happened. */
export function finalOutcome(
  seen: Outcome,
  execution: Execution | undefined,
  refused: boolean,
  absenceProves: boolean,
  blame?: Blame,
): Outcome {
  if (OUTCOMES[seen].standing === 'harness') return seen
  if (execution && execution.times > 1) return 'executed-twice'
  switch (seen) {
    // The client may send it again. If a handler ran, the request is then executed twice.
    case 'not-processed':
      return execution ? 'executed-unanswered' : seen
    case 'reset':
    case 'closed':
    case 'unreachable':
      if (execution) return execution.end === 'finished' ? 'executed-unanswered' : 'reset-after-start'
      if (blame === 'machine') return 'starved'
      if (refused) return 'refused'
      return absenceProves && seen !== 'unreachable' ? 'reset-before-start' : seen
    case 'timed-out':
      return blame === 'machine' ? 'starved' : blame === 'network' ? 'executed-unanswered' : seen
    default:
      return seen
  }
}
