import { isDrop } from '../base/attempt.js'
import type { Outcome } from '../base/attempt.js'
import { causeOf } from '../verdict/story/causes.js'
import type { CauseContext } from '../verdict/story/causes.js'
import type { PodStage } from '../verdict/story/pod-stage.js'
import { toEpoch } from '../base/clock.js'
import type { FailedAttempt } from '../ledger/ledger.js'
import { podStories } from '../verdict/story/pod-story.js'
import { ownFault } from '../base/machine/own-fault.js'
import type { RefusedConnection } from '../ledger/refusals.js'
import type { RunRecord } from '../verdict/story/run-record.js'
import type { Execution } from '../ledger/server-log.js'

/** One request that was not answered as it should have been, as reports show it. */
export interface DropLine {
  /** Epoch ms of its end. */
  readonly at: number
  readonly id: string
  readonly client: string
  readonly url: string
  readonly request: string
  readonly outcome: Outcome
  /** What the client saw. */
  readonly detail: string
  /** What the servers' logs say of it; null where they are not known. */
  readonly serverSide: string | null
  readonly reusedConnection: boolean
  /** The pod that it was lost to; null where nobody can say. */
  readonly pod: string | null
  /** An answer, a log or a load balancer named the pod; otherwise it is the only one that it can have been. */
  readonly podKnown: boolean
  readonly stage: PodStage
  readonly cause: string
  readonly advice: string
  readonly insideHazardWindow: boolean
  /** Since it was due, in ms. */
  readonly afterMs: number
}

/** What was not answered, drops first, each in the order of time. */
export function dropLines(record: RunRecord): DropLine[] {
  const { failures } = record.ledger
  const context = { timeline: record.timeline, stories: podStories(record) }
  const logKnown = record.serverLog.summary() !== undefined
  const lines = failures.toSorted((left, right) => left.endedAt - right.endedAt)
  return [...lines.filter(({ outcome }) => isDrop(outcome)), ...lines.filter(({ outcome }) => !isDrop(outcome))].map(
    (failure) => dropLine(failure, context, logKnown),
  )
}

/** How often each advice is given, the most frequent first. */
export function adviceCounts(lines: readonly DropLine[]): [advice: string, times: number][] {
  const counts = new Map<string, number>()
  for (const { advice } of lines) counts.set(advice, (counts.get(advice) ?? 0) + 1)
  return [...counts].toSorted(([, left], [, right]) => right - left)
}

function dropLine(failure: FailedAttempt, context: CauseContext, logKnown: boolean): DropLine {
  const { attempt, ending, execution, refusal, outcome, startedAt, endedAt } = failure
  const { pod, podKnown, stage, cause, advice } = causeOf(failure, context)
  const refused = refusal && ` (the load balancer ${whatItMet(refusal)})`
  return {
    at: toEpoch(endedAt),
    id: failure.id,
    client: failure.client,
    url: failure.url,
    request: attempt ? `${attempt.method} ${attempt.path}` : 'a request whose client saw nothing wrong',
    outcome,
    detail: `${ending.detail ?? 'the client got one complete answer'}${refused ?? ''}`,
    serverSide: logKnown ? serverSide(execution) : null,
    reusedConnection: failure.reused,
    pod,
    podKnown,
    stage,
    cause,
    advice,
    insideHazardWindow: failure.hazard,
    // A timer may ring a little before its time.
    afterMs: Math.max(0, Math.round((endedAt - (attempt?.scheduledAt ?? startedAt)) * 10) / 10),
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

function whatItMet({ pod, code }: RefusedConnection): string {
  const own = ownFault(code)
  if (own) return `could not connect by ${code}: this machine ${own.problem}`
  return `found ${pod === undefined ? 'no pod' : `nobody listening at ${pod}`}`
}
