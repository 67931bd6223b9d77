import type { FailedAttempt } from '../../ledger/ledger.js'
import { plural } from '../../base/text.js'
import type { Elsewhere } from './elsewhere.js'
import { justReady, wasInFlight } from './place.js'
import type { Place, Timing } from './place.js'
import { endedAtOnce } from './pod-life.js'
import { latestArrival } from './pod-story.js'
import type { PodStory } from './pod-story.js'
import type { Timeline } from './timeline.js'

export interface AdviceContext extends Timing {
  readonly failure: FailedAttempt
  readonly timeline: Timeline
  readonly place: Place
  /** Every pod of the run. */
  readonly stories: readonly PodStory[]
  /** Default: nothing was lost there. */
  readonly elsewhere?: Elsewhere
  /** The pods that exited at SIGTERM, and waited for nothing. Default: none. */
  readonly abrupt?: ReadonlySet<PodStory>
}

/** Returns a clause that says what to do about a request that was lost in this way, at this stage of its pod. */
export function adviceFor(context: AdviceContext): string {
  const { outcome, ending, execution } = context.failure
  switch (outcome) {
    case 'executed-twice':
      return execution?.earlierPod === undefined
        ? `find out why ${execution?.pod ?? 'the pod'} logged the start of one request twice: no client of zero-drop repeats a request`
        : 'let the proxy that sent the request to a second pod repeat only requests that are safe to repeat'
    case 'executed-unanswered':
      if (ending.outcome === 'not-processed')
        return 'run no handler for a request that arrives after a response with Connection: close'
      return "close the sending side first, then read until the client's FIN, so that the response arrives (RFC 9112 §9.6)"
    case 'starved':
      return 'run again on a quieter machine, or with a lower --rate: this says nothing about the service'
    case 'unfinished':
    case 'harness-fault':
    case 'unclassified':
      return 'run again: this says nothing about the service'
    default:
      break
  }
  return byCrash(context) ?? byElsewhere(context) ?? byResponse(context) ?? byStage(context)
}

function byCrash({ place: { crash } }: AdviceContext): string | undefined {
  if (crash === undefined) return undefined
  return `find out why the container of ${crash.pod} ended (${crash.reason}): its log before the end`
}

/** Other requests were lost in the same way, and as often, in pods that were not ending. */
function byElsewhere({ failure: { outcome }, elsewhere }: AdviceContext): string | undefined {
  const drops = elsewhere?.asFrequent.get(outcome)
  if (elsewhere === undefined || drops === undefined) return undefined
  return (
    `check the service and the proxies in front of it: ${plural(drops, 'request')} to pods that were not ending ${drops === 1 ? 'was' : 'were'} ` +
    'dropped in the same way, so the rollout is not the reason'
  )
}

/** The response itself was wrong. */
function byResponse(context: AdviceContext): string | undefined {
  const {
    failure: { outcome },
    place,
  } = context
  const { stage, story } = place
  switch (outcome) {
    case 'wrong-body':
    case 'duplicated':
    case '4xx':
      return 'check the service and the proxies in front of it: a rollout alone does not cause this'
    case '5xx':
      if (isNew(context)) return NOT_READY
      return stage === 'ready' || stage === 'no-pod'
        ? `check the log of ${story?.pod ?? 'the pods'} at that time`
        : 'fail readiness, not requests: keep serving until the listener is closed'
    default:
      return undefined
  }
}

/** Only a new pod failed in this way. */
const isNew = ({ failure, place, timeline, elsewhere }: AdviceContext): boolean =>
  justReady(place, { timeline }) && elsewhere?.usual.has(failure.outcome) !== true

const NOT_READY =
  'let the readiness probe fail until the pod can answer: new pods failed requests right after they had become ready'

function byStage(context: AdviceContext): string {
  const { failure, place, stories, abrupt } = context
  const { refusal, reused } = failure
  const { stage, story } = place
  if (refusal && refusal.pod === undefined)
    return 'keep a pod ready: set maxUnavailable to 0, and make the readiness probe accurate'
  if (stories.length === 0 && failure.hazard) return byRestart(failure)
  if (stage === 'starting') return 'add a readiness probe that fails until the pod listens'
  if (isNew(context)) return NOT_READY
  if (stage === 'ready' || stage === 'no-pod') {
    return story === undefined
      ? 'check the logs of that time: the rollout does not explain it'
      : `check the log of ${story.pod} at that time: the pod was not terminating`
  }
  if (story?.killedAt != null && stage === 'gone') return 'nothing: no process can react to SIGKILL'
  const isAbrupt = story !== undefined && abrupt?.has(story) === true
  if (story !== undefined && (stage === 'gone' || isAbrupt)) {
    const ended = byEnd(story, isAbrupt)
    if (ended !== undefined) return ended
  }
  if (failure.ending.webSocket === 'unanswered')
    return 'answer each message that the service has read, before the close frame of its WebSocket'
  if (failure.ending.webSocket === 'cut')
    return 'close each WebSocket with a close frame, code 1001, after the replies to its messages, before you exit'
  if (wasInFlight(failure, place, context))
    return 'wait for in-flight requests before you close their connections or exit'
  if (reused) {
    return 'answer with Connection: close from SIGTERM on, and close idle connections only after that response, or after the promised Keep-Alive time'
  }
  return `after SIGTERM keep accepting new connections${enough(stories)}`
}

/** No pod was seen, but the service was restarted at that time. */
const byRestart = ({ outcome }: FailedAttempt): string =>
  outcome === 'refused' || outcome === 'unreachable'
    ? 'let the new process accept connections before the old one closes its listener: nothing accepted them at that time'
    : 'let the old process finish its requests before it exits, and close idle connections only after a response with Connection: close'

/** The way in which the pod ended explains every request that it lost then. */
function byEnd(story: PodStory, isAbrupt: boolean): string | undefined {
  const { killed, wrapper, listenerClosedBy } = story
  if (!killed && !isAbrupt && !endedAtOnce(story)) return undefined
  if (wrapper !== null) {
    return `start the service itself, not through ${wrapper}, and handle SIGTERM in it: as with command: [node, server.js], or the exec form of CMD`
  }
  if (!killed) return 'do not exit on SIGTERM: keep serving until every proxy has removed the pod, then drain'
  return listenerClosedBy === 'exit'
    ? 'handle SIGTERM, and make the delay and the drain fit into terminationGracePeriodSeconds'
    : 'make the shutdown fit into terminationGracePeriodSeconds'
}

function enough(stories: readonly PodStory[]): string {
  const latest = latestArrival(stories)
  if (latest === undefined) return ' until every proxy has removed the pod'
  return ` for at least ${seconds(latest.comfortableDelayMs)}: the last one arrived after ${seconds(latest.lastArrivalMs)}, at ${latest.pod}`
}

const seconds = (ms: number): string => `${(ms / 1_000).toFixed(1)} s`
