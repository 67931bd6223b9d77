import { isDrop } from '../../base/attempt.js'
import type { Outcome } from '../../base/attempt.js'
import { toEpoch } from '../../base/clock.js'
import type { ManifestFinding } from '../../doctor/before-rollout.js'
import { ownFault } from '../../base/machine/own-fault.js'
import type { FailedAttempt } from '../../ledger/ledger.js'
import type { RefusedConnection } from '../../targets/target.js'
import type { Execution } from '../../ledger/logs/server-log.js'
import { causeOf } from '../../verdict/story/causes.js'
import type { CauseContext } from '../../verdict/story/causes.js'
import { lossElsewhere } from '../../verdict/story/elsewhere.js'
import type { PodStage } from '../../verdict/story/pod-stage.js'
import { abruptExits } from '../../verdict/story/abrupt-exit.js'
import { podStories } from '../../verdict/story/pod-story.js'
import type { RunRecord } from '../../verdict/story/run-record.js'

/** One request that was not answered as it should have been. */
export interface UnansweredRequest {
  /** Epoch ms at which the request ended. */
  readonly at: number
  readonly id: string
  readonly client: string
  readonly url: string
  readonly request: string
  readonly outcome: Outcome
  /** The view of the client. */
  readonly detail: string
  /** The request in the server logs; null if there are no logs. */
  readonly serverSide: string | null
  readonly reusedConnection: boolean
  /** The pod that lost the request; null if unknown. */
  readonly pod: string | null
  /** An answer, a log or a load balancer named the pod. Otherwise it is the only pod that was terminating. */
  readonly podKnown: boolean
  readonly stage: PodStage
  readonly cause: string
  /** Null if the request was not dropped. */
  readonly advice: string | null
  readonly insideHazardWindow: boolean
  /** Milliseconds from when the request was due to its end. */
  readonly afterMs: number
}

/** Lists the requests that were not answered as they should have been: drops first, each group in order of time. */
export function unansweredRequests(record: RunRecord, findings: readonly ManifestFinding[] = []): UnansweredRequest[] {
  const { failures, clients } = record.ledger
  // The twin loses requests because it has no graceful shutdown, whatever its manifests say.
  const own = record.role === 'service' ? findings : []
  const life = {
    timeline: record.timeline,
    stories: podStories(record),
    typicalMs: new Map(Object.entries(clients).map(([name, { latencyMs }]) => [name, latencyMs.p50 ?? 0])),
    lagMs: record.self.latenessMs.p99 ?? 0,
  }
  const context = { ...life, findings: own, elsewhere: lossElsewhere(record), abrupt: abruptExits(failures, life) }
  const logKnown = record.serverLog.summary() !== undefined
  const inOrder = failures.toSorted((left, right) => left.endedAt - right.endedAt)
  const drops = inOrder.filter(({ outcome }) => isDrop(outcome))
  const others = inOrder.filter(({ outcome }) => !isDrop(outcome))
  return [...drops, ...others].map((failure) => describe(failure, context, logKnown))
}

function describe(failure: FailedAttempt, context: CauseContext, logKnown: boolean): UnansweredRequest {
  const { attempt, ending, execution, refusal, outcome, startedAt, endedAt } = failure
  const { pod, podKnown, stage, cause, advice } = causeOf(failure, context)
  const refused = refusal === undefined ? '' : ` (the load balancer ${findingOf(refusal)})`
  return {
    at: toEpoch(endedAt),
    id: failure.id,
    client: failure.client,
    url: failure.url,
    request: attempt ? `${attempt.method} ${attempt.path}` : 'a request that looked answered to its client',
    outcome,
    detail: `${ending.detail ?? 'the client got one complete response'}${refused}`,
    serverSide: logKnown ? serverSide(execution) : null,
    reusedConnection: failure.reused,
    pod,
    podKnown,
    stage,
    cause,
    advice: isDrop(outcome) ? advice : null,
    insideHazardWindow: failure.hazard,
    // A timer may fire a little before its time.
    afterMs: Math.max(0, Math.round((endedAt - (attempt?.scheduledAt ?? startedAt)) * 10) / 10),
  }
}

function serverSide(execution: Execution | undefined): string {
  if (!execution) return 'in no server log'
  const { pod, earlierPod, times, end } = execution
  const by = earlierPod === undefined ? pod : `${earlierPod} and ${pod}`
  if (times > 1) return `executed ${times} times, by ${by}`
  return `${pod} started it${ENDS[end]}`
}

const ENDS: Readonly<Record<Execution['end'], string>> = {
  finished: ' and sent the whole response',
  aborted: ' and aborted the response',
  unknown: ', and logged no end',
}

function findingOf({ pod, code }: RefusedConnection): string {
  const own = ownFault(code)
  if (own) return `could not connect (${code}): this machine ${own.problem}`
  return pod === undefined ? 'had no pod to send it to' : `was refused by ${pod}`
}
