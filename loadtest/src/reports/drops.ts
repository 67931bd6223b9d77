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
  const drops = failures.filter(({ outcome }) => isDrop(outcome))
  const others = failures.filter(({ outcome }) => !isDrop(outcome))
  return [...drops, ...others].map((failure) => dropLine(record, failure))
}

function dropLine(record: RunRecord, failure: Failure): DropLine {
  const { attempt, ending, execution, refusal, outcome, startedAt, endedAt } = failure
  const { timeline, serverLog } = record
  const pod = ending.pod ?? execution?.pod ?? refusal?.pod ?? attempt?.pod
  const refused =
    refusal && ` (the load balancer found ${refusal.pod ? `nobody listening at ${refusal.pod}` : 'no pod'})`
  return {
    at: toEpoch(endedAt),
    id: failure.id,
    client: failure.client,
    url: failure.url,
    request: attempt ? `${attempt.method} ${attempt.path}` : 'a request whose client saw nothing wrong',
    outcome,
    detail: `${ending.detail ?? 'the client got one complete answer'}${refused ?? ''}`,
    serverSide: serverLog.summary() ? serverSide(execution) : null,
    reusedConnection: failure.reused,
    pod: pod ?? null,
    phase: timeline.phaseAt(toEpoch(decisiveMoment(startedAt, endedAt, outcome)), pod),
    insideHazardWindow: failure.hazard,
    afterMs: Math.round((endedAt - (attempt?.scheduledAt ?? startedAt)) * 10) / 10,
  }
}

function serverSide(execution: Execution | undefined): string {
  if (!execution) return "no server's log knows it"
  const { pod, earlierPod, times, end } = execution
  const by = earlierPod === undefined ? pod : `${earlierPod} and ${pod}`
  if (times > 1) return `executed ${times} times, by ${by}`
  return `started by ${pod}, ${ENDS[end]}`
}

const ENDS: Readonly<Record<Execution['end'], string>> = {
  finished: 'which handed over its whole response',
  aborted: 'and cut off in it',
  unknown: 'and never ended',
}

/** What timed out was lost when it was sent, not when waiting for it ended. */
const decisiveMoment = (startedAt: number, endedAt: number, outcome: string): number =>
  outcome === 'timed-out' || outcome === 'unreachable' ? startedAt : endedAt
