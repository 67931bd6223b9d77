import { adviceFor } from './advice.js'
import { toEpoch } from '../../base/clock.js'
import type { FailedAttempt } from '../../ledger/ledger.js'
import { stageAt } from './pod-stage.js'
import type { PodStage } from './pod-stage.js'
import type { PodStory } from './pod-story.js'
import { endOf, lifeAt } from './pod-life.js'
import type { Timeline } from './timeline.js'

/** Why one request was not answered as it should have been. */
export interface Cause {
  /** The pod that lost the request; null if unknown. */
  readonly pod: string | null
  /** An answer, a log or a load balancer named the pod. Otherwise it is the only pod that was terminating. */
  readonly podKnown: boolean
  readonly stage: PodStage
  /** Epoch ms at which the request was lost. */
  readonly at: number
  /** For people, as in: `reused connection reset 12 ms after old-1 closed its listener`. */
  readonly cause: string
  /** A clause that says what to do about it. */
  readonly advice: string
}

export interface CauseContext {
  readonly timeline: Timeline
  readonly stories: readonly PodStory[]
}

/** Traces a failed attempt to a pod, the stage of its life, and a cause. */
export function causeOf(failure: FailedAttempt, { timeline, stories }: CauseContext): Cause {
  const at = toEpoch(decisiveMoment(failure))
  const known = podOf(failure)
  const name = known ?? (mayBeAnyone(failure) ? timeline.onlyTermination(at) : undefined)
  const story = lifeAt(
    stories.filter(({ pod }) => pod === name),
    at,
  )
  const stage = stageAt(story, at)
  const what = `${subject(failure)} ${deed(failure)}`
  const when = story
    ? whenIn(failure, story, stage, at)
    : name === undefined
      ? noPod(failure, timeline, at)
      : `by ${name}`
  return {
    pod: name ?? null,
    podKnown: known !== undefined,
    stage,
    at,
    cause: `${what} ${when}${because(failure, stage, story, timeline)}`,
    advice: adviceFor({ failure, stage, story, stories }),
  }
}

const podOf = ({ ending, execution, refusal, attempt }: FailedAttempt): string | undefined =>
  ending.pod ?? execution?.pod ?? refusal?.pod ?? attempt?.pod

/** Without a load balancer that names a pod, or the lack of one, the pod may be any. */
const mayBeAnyone = ({ refusal }: FailedAttempt): boolean => refusal === undefined

/** A request that timed out was lost when it was sent, not when the client gave up. */
const decisiveMoment = ({ outcome, startedAt, endedAt }: FailedAttempt): number =>
  outcome === 'timed-out' || outcome === 'unreachable' || outcome === 'starved' ? startedAt : endedAt

const subject = ({ outcome, reused, execution }: FailedAttempt): string => {
  if (outcome === 'executed-twice') {
    const { times = 2, pod = '', earlierPod } = execution ?? {}
    return `request executed ${times} times${earlierPod === undefined ? '' : `, by ${earlierPod} and ${pod},`}`
  }
  return reused ? 'reused connection' : 'new connection'
}

function deed({ outcome, ending, execution }: FailedAttempt): string {
  const how = ending.outcome === 'closed' ? 'closed with FIN' : ending.outcome === 'reset' ? 'reset' : 'lost'
  switch (outcome) {
    case 'refused':
      return 'refused'
    case 'unreachable':
      return 'not established, or lost without RST or FIN,'
    case 'reset':
    case 'closed':
      return how
    case 'reset-before-start':
      return `${how}, its request never started,`
    case 'reset-after-start':
      return `${how} while the handler ran`
    case 'executed-unanswered':
      return ending.outcome === 'not-processed'
        ? 'ended after it executed a request that it had declared not processed,'
        : `${how} although its request was executed`
    case 'executed-twice':
      return ending.outcome === 'answered' ? 'and answered once' : 'and not answered'
    case 'truncated':
      return 'ended inside the response body'
    case '5xx':
    case '4xx':
      return `answered with status ${ending.status ?? outcome}`
    case 'timed-out':
      return execution ? 'without a complete answer from a handler that had started' : 'without a complete answer, sent'
    case 'starved':
      return 'without a complete answer in time, on a machine with no CPU to spare, sent'
    case 'wrong-body':
      return 'answered with the wrong response'
    case 'duplicated':
      return 'answered more than once'
    default:
      return `ended as ${outcome}`
  }
}

/** Describes the moment, relative to the last event of the pod. */
function whenIn({ startedAt }: FailedAttempt, story: PodStory, stage: PodStage, at: number): string {
  const { pod, createdAt, readyAt, terminatingAt, killedAt, listenerClosedAt, killed } = story
  const end = endOf(story)
  if (stage === 'gone' && killedAt !== null && (end === null || at < end)) return since(at, killedAt, pod, 'was killed')
  if (stage === 'gone' && end !== null) {
    return toEpoch(startedAt) < end
      ? `as ${pod} ${killed ? 'was killed' : 'exited'}`
      : since(at, end, pod, killed ? 'was killed' : 'had exited')
  }
  if (stage === 'draining' && listenerClosedAt !== null) return since(at, listenerClosedAt, pod, 'closed its listener')
  if (stage === 'lame-duck' && terminatingAt !== null) return since(at, terminatingAt, pod, 'got SIGTERM')
  if (stage === 'starting')
    return createdAt === null ? `by ${pod}` : `${since(at, createdAt, pod, 'was created')}, not ready yet`
  if (terminatingAt !== null) return `${ms(terminatingAt - at)} before ${pod} got SIGTERM`
  return readyAt === null ? `by ${pod}` : `by ${pod}, which was ready and not terminating`
}

function noPod({ refusal, url }: FailedAttempt, timeline: Timeline, at: number): string {
  if (refusal) return `because no pod was ready behind ${url}`
  return `(pod unknown; ${timeline.phaseAt(at)})`
}

/** Explains a new connection to a pod that accepts none: its load balancer had not removed the pod, or already listed it. */
function because(
  { outcome, reused, url }: FailedAttempt,
  stage: PodStage,
  story: PodStory | undefined,
  timeline: Timeline,
): string {
  if (!story) return ''
  if (story.killed && (stage === 'gone' || stage === 'draining'))
    return ', which got SIGKILL at the end of its grace period'
  if (reused || (outcome !== 'refused' && outcome !== 'unreachable' && outcome !== 'reset-before-start')) return ''
  if (stage === 'starting') return `: ${url} already sent requests to it`
  if (stage === 'ready' || stage === 'no-pod') return ''
  const switched = timeline.switchedAt(story.pod, url)
  const began = story.terminatingAt ?? story.killedAt
  if (switched === undefined || began === null || switched < began) return `: ${url} still sent requests to it`
  const from = story.terminatingAt === null ? 'the kill' : 'SIGTERM'
  return `: ${url} still sent requests to it, until ${ms(switched - began)} after ${from}`
}

const since = (at: number, from: number, pod: string, deedOfPod: string): string =>
  `${ms(at - from)} after ${pod} ${deedOfPod}`

const ms = (duration: number): string => `${Math.round(Math.max(0, duration)).toLocaleString('en-US')} ms`
