import { toEpoch } from '../../base/clock.js'
import type { FailedAttempt } from '../../ledger/ledger.js'
import type { TargetEvent } from '../../targets/target.js'
import { lifeAt } from './pod-life.js'
import { stageAt } from './pod-stage.js'
import type { PodStage } from './pod-stage.js'
import type { PodStory } from './pod-story.js'
import type { Timeline } from './timeline.js'

/** The place and the time at which a request was dropped. */
export interface Place {
  /** The pod that lost it; undefined if unknown. */
  readonly pod: string | undefined
  /** An answer, a log or a load balancer named the pod. Otherwise it is the only pod that was terminating. */
  readonly podKnown: boolean
  readonly story: PodStory | undefined
  readonly stage: PodStage
  /** Epoch ms. */
  readonly at: number
  /** The end of the container that explains the loss, in a pod that was not ending. */
  readonly crash: Crash | undefined
}

export type Crash = Extract<TargetEvent, { readonly type: 'container-ended' }>

export interface PlaceContext {
  readonly timeline: Timeline
  readonly stories: readonly PodStory[]
}

export function placeOf(failure: FailedAttempt, { timeline, stories }: PlaceContext): Place {
  const at = decisiveMoment(failure)
  const known = podOf(failure)
  // Without a load balancer that names a pod, or the lack of one, the pod may be any.
  const pod = known ?? (failure.refusal === undefined ? timeline.onlyTermination(at) : undefined)
  const story = lifeAt(
    stories.filter((each) => each.pod === pod),
    at,
  )
  const stage = stageAt(story, at)
  const crash = stage === 'ready' || stage === 'starting' ? crashOf(pod, at, timeline) : undefined
  return { pod, podKnown: known !== undefined, story, stage, at, crash }
}

/** A client may see the end of a container this much earlier than the target, in ms. */
const SEEN_EARLY = 250

/** Returns the end of the pod's container, if the pod has not become ready again since. */
function crashOf(pod: string | undefined, at: number, { events }: Timeline): Crash | undefined {
  const ends = events.filter((event): event is Crash => event.type === 'container-ended' && event.pod === pod)
  const last = ends.findLast((event) => event.at - SEEN_EARLY <= at)
  const isBack = events.some(
    (event) => event.type === 'pod-ready' && event.pod === pod && event.at > (last?.at ?? 0) && event.at <= at,
  )
  return isBack ? undefined : last
}

const podOf = ({ ending, execution, refusal, attempt }: FailedAttempt): string | undefined =>
  ending.pod ?? execution?.pod ?? refusal?.pod ?? attempt?.pod

/** A request that timed out was lost when it was sent, or when its handler began, and not when the client gave up. */
function decisiveMoment({ outcome, startedAt, endedAt, execution }: FailedAttempt): number {
  const [sent, lost] = [toEpoch(startedAt), toEpoch(endedAt)]
  if (outcome !== 'timed-out' && outcome !== 'unreachable' && outcome !== 'starved') return lost
  return Math.min(lost, Math.max(sent, execution?.startedAt ?? 0))
}

/** How long after its first readiness a pod may show that it was not ready, in ms. */
const NEW = 5_000

/** Returns whether a pod that the rollout created had just become ready. */
export function justReady({ story, stage, at }: Place, { timeline }: Pick<PlaceContext, 'timeline'>): boolean {
  const { rolloutStartedAt = Infinity } = timeline
  if (stage !== 'ready' || story?.readyAt == null) return false
  return (story.createdAt ?? 0) >= rolloutStartedAt && at - story.readyAt < NEW
}

/** The listener and the connections of a pod are seen at slightly different moments, in ms. */
const APART = 50
/** A connection that was closed because it had been idle ends within this time after its last request, in ms. */
const RACE = 100
/** A server that runs reads a request within this time, in ms. */
const UNREAD = 1_000
/** Resets reach the clients within this time, in ms. */
const LATE = 2_000

/** How long answers took in the run. */
export interface Timing {
  /** The median time of answers beyond what the client asked for, in ms, by client class. Default: 0. */
  readonly typicalMs?: ReadonlyMap<string, number>
  /** How much later than it happened this machine noticed an event, in ms. Default: 0. */
  readonly lagMs?: number
}

/**
 * Returns whether the service had begun to answer the request when the connection ended.
 *
 * The kernel ends a connection with FIN if the service has read everything, and with RST if a request was unread: it was in the backlog, or
 * it met the close of an idle connection. A FIN can meet a request on its way, too, so only requests count that take longer than that.
 */
export function wasInFlight(
  failure: FailedAttempt,
  { story, stage }: Place,
  { typicalMs, lagMs = 0 }: Timing,
): boolean {
  const { outcome, reused, startedAt, endedAt, execution, attempt } = failure
  if (outcome === 'truncated' || outcome === 'reset-after-start' || (outcome === 'timed-out' && execution)) return true
  if (stage === 'ready' || stage === 'starting' || stage === 'no-pod') return false
  const waited = endedAt - startedAt
  if (outcome === 'reset') return reused && waited >= UNREAD
  if (outcome !== 'closed' || waited < RACE + lagMs) return false
  if ((attempt?.expectedMs ?? 0) + (typicalMs?.get(failure.client) ?? 0) < RACE) return false
  if (reused) return true
  const { terminatingAt = null, socketClosedAt = null, waitingAtClose = null } = story ?? {}
  const sent = toEpoch(startedAt)
  if (terminatingAt !== null && sent < terminatingAt - APART) return true
  return socketClosedAt !== null && waitingAtClose === 0 && sent < socketClosedAt - APART
}

/** Returns whether the close of the listener reset a connection that the service had not accepted. */
export function wasInBacklog({ outcome, reused, startedAt, endedAt }: FailedAttempt, { story }: Place): boolean {
  const { socketClosedAt = null, waitingAtClose = null } = story ?? {}
  if (reused || socketClosedAt === null || !waitingAtClose) return false
  if (outcome !== 'reset' && outcome !== 'reset-before-start') return false
  const [sent, lost] = [toEpoch(startedAt), toEpoch(endedAt)]
  return sent <= socketClosedAt + APART && socketClosedAt - APART <= lost && lost < socketClosedAt + LATE
}
