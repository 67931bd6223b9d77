import type { ManifestFinding } from '../../doctor/before-rollout.js'
import { adviceFor } from './advice.js'
import { toEpoch } from '../../base/clock.js'
import { plural } from '../../base/text.js'
import type { FailedAttempt } from '../../ledger/ledger.js'
import type { Elsewhere } from './elsewhere.js'
import { withFinding } from './manifest-cause.js'
import { justReady, placeOf, wasInBacklog, wasInFlight } from './place.js'
import type { Place, Timing } from './place.js'
import type { PodStage } from './pod-stage.js'
import type { PodStory } from './pod-story.js'
import { endedAtOnce, endOf, SIGTERM_CODE } from './pod-life.js'
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

export interface CauseContext extends Timing {
  readonly timeline: Timeline
  readonly stories: readonly PodStory[]
  /** The findings of the doctor in the manifests of the service. */
  readonly findings?: readonly ManifestFinding[]
  /** Default: nothing was lost there. */
  readonly elsewhere?: Elsewhere
  /** Default: none. */
  readonly abrupt?: ReadonlySet<PodStory>
}

/** Traces a failed attempt to a pod, the stage of its life, and a cause. */
export function causeOf(failure: FailedAttempt, context: CauseContext): Cause {
  const { timeline } = context
  const place = placeOf(failure, context)
  const { pod, podKnown, story, stage, at } = place
  const what = `${subject(failure)} ${deed(failure, place, context)}`
  const when = story
    ? whenIn(failure, place, story, context)
    : pod === undefined
      ? noPod(failure, timeline, at)
      : `by ${pod}`
  return {
    pod: pod ?? null,
    podKnown,
    stage,
    at,
    cause: `${what} ${when}${because(failure, place, timeline)}`,
    advice: withFinding(adviceFor({ failure, place, ...context }), { failure, stage, story }, context.findings),
  }
}

const subject = ({ outcome, reused, execution, ending }: FailedAttempt): string => {
  if (outcome === 'executed-twice') {
    const { times = 2, pod = '', earlierPod } = execution ?? {}
    return `request executed ${times} times${earlierPod === undefined ? '' : `, by ${earlierPod} and ${pod},`}`
  }
  if (ending.webSocket !== undefined) return 'WebSocket'
  return reused ? 'reused connection' : 'new connection'
}

function deed(failure: FailedAttempt, place: Place, timing: Timing): string {
  const { outcome, ending, execution } = failure
  const how = ending.outcome === 'closed' ? 'closed with FIN' : ending.outcome === 'reset' ? 'reset' : 'lost'
  switch (outcome) {
    case 'refused':
      return 'refused'
    case 'unreachable':
      return 'not established, or lost without RST or FIN,'
    case 'reset':
    case 'closed':
      if (ending.webSocket === 'unanswered') return 'closed without a reply to a message that the service had read,'
      if (ending.webSocket === 'cut') return `${how} without a close frame`
      return wasInFlight(failure, place, timing) && !endExplains(place) ? `${how} while its request was in flight` : how
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
      return execution
        ? 'without a complete response from a handler that had started'
        : 'without a complete response, sent'
    case 'starved':
      return 'without a complete response in time, on a machine with no CPU to spare, sent'
    case 'wrong-body':
      return 'answered with the wrong response'
    case 'duplicated':
      return 'answered more than once'
    default:
      return `ended as ${outcome}`
  }
}

/** Returns whether the end of the pod explains every request that it lost then. */
const endExplains = ({ story, stage }: Place): boolean =>
  story !== undefined && stage === 'gone' && (story.killed || story.killedAt !== null || endedAtOnce(story))

/** Describes the moment, relative to the last event of the pod. */
function whenIn(failure: FailedAttempt, place: Place, story: PodStory, { timeline, elsewhere }: CauseContext): string {
  const { startedAt } = failure
  const { stage, at } = place
  const { pod, createdAt, readyAt, terminatingAt, killedAt, listenerClosedAt, killed } = story
  const end = endOf(story)
  if (wasInBacklog(failure, place) && !endExplains(place)) {
    return `as ${pod} closed its listener with ${plural(story.waitingAtClose ?? 0, 'connection')} in its backlog`
  }
  if (stage === 'gone' && killedAt !== null && (end === null || at < end)) return since(at, killedAt, pod, 'was killed')
  if (stage === 'gone' && end !== null) {
    return toEpoch(startedAt) < end
      ? `as ${pod} ${killed ? 'was killed' : 'exited'}`
      : since(at, end, pod, killed ? 'was killed' : 'had exited')
  }
  if (stage === 'draining' && listenerClosedAt !== null) return since(at, listenerClosedAt, pod, 'closed its listener')
  if (stage === 'lame-duck' && terminatingAt !== null) return since(at, terminatingAt, pod, 'got SIGTERM')
  if (place.crash) {
    const { at: ended, exitCode } = place.crash
    const how = `ended with exit code ${exitCode ?? '?'} without SIGTERM`
    return at <= ended ? `as the container of ${pod} ${how}` : since(at, ended, `the container of ${pod}`, `had ${how}`)
  }
  if (stage === 'starting')
    return createdAt === null ? `by ${pod}` : `${since(at, createdAt, pod, 'was created')}, not ready yet`
  const isCommon = elsewhere?.usual.has(failure.outcome) === true
  if (readyAt !== null && !isCommon && justReady(place, { timeline })) return since(at, readyAt, pod, 'became ready')
  if (terminatingAt !== null) return `${ms(terminatingAt - at)} before ${pod} got SIGTERM`
  return readyAt === null ? `by ${pod}` : `by ${pod}, which was ready and not terminating`
}

function noPod({ refusal, url }: FailedAttempt, timeline: Timeline, at: number): string {
  if (refusal) return `because no pod was ready behind ${url}`
  return `(pod unknown; ${timeline.phaseAt(at)})`
}

/** Explains the end of the pod, or a new connection to a pod that accepts none: its load balancer had not removed the pod, or already listed it. */
function because(failure: FailedAttempt, place: Place, timeline: Timeline): string {
  const { story, stage } = place
  if (!story) return ''
  if (story.killed && stage === 'gone') return `, which ${killedBecause(story)}`
  const ended = stage === 'gone' ? endedBecause(story) : ''
  const { outcome, reused, url } = failure
  if (reused || (outcome !== 'refused' && outcome !== 'unreachable' && outcome !== 'reset-before-start')) return ended
  if (stage === 'starting') return `: ${url} already sent requests to it`
  if (stage === 'ready' || stage === 'no-pod') return ''
  const switched = timeline.switchedAt(story.pod, url)
  const began = story.terminatingAt ?? story.killedAt
  if (switched === undefined || began === null || switched < began) return `${ended}: ${url} still sent requests to it`
  const from = story.terminatingAt === null ? 'the kill' : 'SIGTERM'
  return `${ended}: ${url} still sent requests to it, until ${ms(switched - began)} after ${from}`
}

function killedBecause({ wrapper, listenerClosedBy }: PodStory): string {
  const killed = 'got SIGKILL at the end of its grace period'
  if (wrapper !== null) return `${killed}: SIGTERM went to ${wrapper}, which only starts the service`
  return listenerClosedBy === 'exit' ? `${killed} and still accepted connections then` : killed
}

/** Explains the exit of a pod that ended at SIGTERM. */
function endedBecause(story: PodStory): string {
  const { wrapper, exitCode } = story
  if (!endedAtOnce(story)) return ''
  const code = exitCode === SIGTERM_CODE ? '143 (128 + 15, the number of SIGTERM)' : String(exitCode)
  if (wrapper !== null)
    return `, because SIGTERM went to ${wrapper}, which ended with exit code ${code} and the service with it`
  return exitCode === SIGTERM_CODE ? `, with exit code ${code}: the signal ended it` : ''
}

const since = (at: number, from: number, pod: string, deedOfPod: string): string =>
  `${ms(at - from)} after ${pod} ${deedOfPod}`

const ms = (duration: number): string => `${Math.round(Math.max(0, duration)).toLocaleString('en-US')} ms`
