import { isDrop } from '../attempt.js'
import { toEpoch } from '../clock.js'
import type { Failure } from '../ledger.js'
import type { RunRecord } from '../run-record.js'
import type { Execution } from '../server-log.js'

/** One request that was not answered, as reports show it. */
export interface DropLine {
  /** Epoch ms of its end. */
  readonly at: number
  readonly id: string
  readonly client: string
  readonly url: string
  readonly request: string
  readonly outcome: string
  readonly detail: string
  /** What the server's log says of it; null where the log is not known. */
  readonly serverSide: string | null
  readonly reusedConnection: boolean
  /** The pod that gave the answer, or that had answered before on the same connection; null where nobody can say. */
  readonly pod: string | null
  /** Where in the rollout it fell, in words. */
  readonly phase: string
  readonly insideHazardWindow: boolean
  /** Since it was due, in ms. */
  readonly afterMs: number
}

/** What was not answered, drops first, each in the order of time. */
export function dropLines(record: RunRecord): DropLine[] {
  const { failures } = record.ledger
  const drops = failures.filter(({ ending }) => isDrop(ending.outcome))
  const others = failures.filter(({ ending }) => !isDrop(ending.outcome))
  return [...drops, ...others].map((failure) => dropLine(record, failure))
}

function dropLine(record: RunRecord, { attempt, ending, endedAt, hazard }: Failure): DropLine {
  const { timeline, refusals, serverLog } = record
  const refused = ending.localPort === undefined ? undefined : refusals.find(attempt.url, ending.localPort)
  const execution = serverLog.of(attempt.id)
  const pod = ending.pod ?? execution?.pod ?? refused?.pod ?? attempt.pod
  const refusal =
    refused && ` (the load balancer found ${refused.pod ? `nobody listening at ${refused.pod}` : 'no pod'})`
  return {
    at: toEpoch(endedAt),
    id: attempt.id,
    client: attempt.client,
    url: attempt.url,
    request: `${attempt.method} ${attempt.path}`,
    outcome: ending.outcome,
    detail: `${ending.detail ?? ''}${refusal ?? ''}`,
    serverSide: serverLog.summary() ? serverSide(execution) : null,
    reusedConnection: attempt.reused,
    pod: pod ?? null,
    phase: timeline.phaseAt(toEpoch(decisiveMoment(attempt.startedAt, endedAt, ending.outcome)), pod),
    insideHazardWindow: hazard,
    afterMs: Math.round((endedAt - attempt.scheduledAt) * 10) / 10,
  }
}

function serverSide(execution: Execution | undefined): string {
  // A server that was ended in the middle of a request could not write that line any more.
  if (!execution) return "no server's log has its end"
  const times = execution.times > 1 ? ` ${execution.times} times` : ''
  return `executed${times} by ${execution.pod}, ${execution.finished ? 'which sent its whole response' : 'cut off in it'}`
}

/** What timed out was lost when it was sent, not when waiting for it ended. */
const decisiveMoment = (startedAt: number, endedAt: number, outcome: string): number =>
  outcome === 'timed-out' || outcome === 'unreachable' ? startedAt : endedAt
