import { toEpoch } from '../../base/clock.js'
import type { FailedAttempt } from '../../ledger/ledger.js'
import { lifeAt } from './pod-life.js'
import { stageAt } from './pod-stage.js'
import type { PodStage } from './pod-stage.js'
import type { PodStory } from './pod-story.js'
import type { Timeline } from './timeline.js'

/** Where and when a request was lost. */
export interface Place {
  /** The pod that lost it; undefined if unknown. */
  readonly pod: string | undefined
  /** An answer, a log or a load balancer named the pod. Otherwise it is the only pod that was terminating. */
  readonly podKnown: boolean
  readonly story: PodStory | undefined
  readonly stage: PodStage
  /** Epoch ms. */
  readonly at: number
}

export interface PlaceContext {
  readonly timeline: Timeline
  readonly stories: readonly PodStory[]
}

export function placeOf(failure: FailedAttempt, { timeline, stories }: PlaceContext): Place {
  const at = toEpoch(decisiveMoment(failure))
  const known = podOf(failure)
  // Without a load balancer that names a pod, or the lack of one, the pod may be any.
  const pod = known ?? (failure.refusal === undefined ? timeline.onlyTermination(at) : undefined)
  const story = lifeAt(
    stories.filter((each) => each.pod === pod),
    at,
  )
  return { pod, podKnown: known !== undefined, story, stage: stageAt(story, at), at }
}

const podOf = ({ ending, execution, refusal, attempt }: FailedAttempt): string | undefined =>
  ending.pod ?? execution?.pod ?? refusal?.pod ?? attempt?.pod

/** A request that timed out was lost when it was sent, not when the client gave up. */
const decisiveMoment = ({ outcome, startedAt, endedAt }: FailedAttempt): number =>
  outcome === 'timed-out' || outcome === 'unreachable' || outcome === 'starved' ? startedAt : endedAt

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
/** A request on a connection that was reset because it had been idle ends within this time, in ms. */
const RACE = 100

/**
 * Returns whether the service had accepted the request and owed its answer when the connection ended: the request was sent long before on a
 * connection that had answered, or on one that had left the backlog.
 */
export function wasInFlight(
  { outcome, reused, startedAt, endedAt, execution }: FailedAttempt,
  { story, stage }: Place,
): boolean {
  if (outcome === 'truncated' || outcome === 'reset-after-start' || (outcome === 'timed-out' && execution)) return true
  if ((outcome !== 'reset' && outcome !== 'closed') || endedAt - startedAt < RACE) return false
  if (stage === 'ready' || stage === 'starting' || stage === 'no-pod') return false
  if (reused) return true
  const { terminatingAt = null, socketClosedAt = null, waitingAtClose = null } = story ?? {}
  const sent = toEpoch(startedAt)
  if (terminatingAt !== null && sent < terminatingAt - APART) return true
  return socketClosedAt !== null && waitingAtClose === 0 && sent < socketClosedAt - APART
}

/** Returns whether the close of the listener reset a connection that the service had not accepted. */
export function wasInBacklog(
  { outcome, reused, startedAt, endedAt }: FailedAttempt,
  { story }: Pick<Place, 'story'>,
): boolean {
  const { socketClosedAt = null, waitingAtClose = null } = story ?? {}
  if (reused || socketClosedAt === null || !waitingAtClose) return false
  if (outcome !== 'reset' && outcome !== 'closed' && outcome !== 'reset-before-start') return false
  return toEpoch(startedAt) <= socketClosedAt + APART && Math.abs(toEpoch(endedAt) - socketClosedAt) < 4 * APART
}
