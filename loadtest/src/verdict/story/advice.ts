import type { FailedAttempt } from '../../ledger/ledger.js'
import { endOf } from './pod-life.js'
import type { PodStage } from './pod-stage.js'
import { latestArrival } from './pod-story.js'
import type { PodStory } from './pod-story.js'

export interface AdviceContext {
  readonly failure: FailedAttempt
  readonly stage: PodStage
  readonly story: PodStory | undefined
  /** Every pod of the run. */
  readonly stories: readonly PodStory[]
}

/** Returns a clause that says what to do about a request that was lost in this way, at this stage of its pod. */
export function adviceFor({ failure, stage, story, stories }: AdviceContext): string {
  const { outcome, ending, execution, refusal } = failure
  switch (outcome) {
    case 'executed-twice':
      return execution?.earlierPod === undefined
        ? `find out why ${execution?.pod ?? 'the pod'} logged the start of one request twice: no client of zero-drop repeats a request`
        : 'let the proxy that sent the request to a second pod repeat only requests that are safe to repeat'
    case 'executed-unanswered':
      if (ending.outcome === 'not-processed')
        return 'run no handler for a request that arrives after a response with Connection: close'
      return "close the sending side first, then read until the client's FIN, so that the answer arrives (RFC 9112 §9.6)"
    case 'wrong-body':
    case 'duplicated':
    case '4xx':
      return 'check the service and the proxies in front of it: a rollout alone does not cause this'
    case '5xx':
      return stage === 'ready' || stage === 'no-pod'
        ? `check the log of ${story?.pod ?? 'the pods'} at that time`
        : 'fail readiness, not requests: keep serving until the listener is closed'
    case 'starved':
      return 'run again on a quieter machine, or with a lower --rate: this says nothing about the service'
    case 'unfinished':
    case 'harness-fault':
    case 'unclassified':
      return 'run again: this says nothing about the service'
    default:
      break
  }
  if (refusal && refusal.pod === undefined)
    return 'keep a pod ready: set maxUnavailable to 0, and make the readiness probe accurate'
  if (stage === 'starting') return 'add a readiness probe that fails until the pod listens'
  if (stage === 'ready' || stage === 'no-pod') {
    return story === undefined
      ? 'check the logs of that time: the rollout does not explain it'
      : `check the log of ${story.pod} at that time: the pod was not terminating`
  }
  if (story?.killed === true && stage === 'gone') return 'make the shutdown fit into terminationGracePeriodSeconds'
  if (story?.killedAt != null && stage === 'gone') return 'nothing: no process can react to SIGKILL'
  if (stage === 'gone' && endedAtOnce(story)) {
    return 'do not exit on SIGTERM: keep serving until every proxy has removed the pod, then drain'
  }
  if (outcome === 'reset-after-start' || outcome === 'truncated' || (outcome === 'timed-out' && execution)) {
    return 'wait for in-flight requests before you close their connections or exit'
  }
  if (failure.reused) {
    return 'answer with Connection: close from SIGTERM on, and close idle connections only after that answer, or after the promised Keep-Alive time'
  }
  return `after SIGTERM keep accepting new connections${enough(stories)}`
}

/** A process that does not handle SIGTERM, or exits in its handler, is gone within this time, in ms. */
const AT_ONCE = 1_000

function endedAtOnce(story: PodStory | undefined): boolean {
  const end = story === undefined ? null : endOf(story)
  return story?.terminatingAt != null && end !== null && end - story.terminatingAt < AT_ONCE
}

function enough(stories: readonly PodStory[]): string {
  const latest = latestArrival(stories)
  if (latest === undefined) return ' until every proxy has removed the pod'
  return ` for at least ${seconds(latest.comfortableDelayMs)}: the last one arrived after ${seconds(latest.lastArrivalMs)}, at ${latest.pod}`
}

const seconds = (ms: number): string => `${(ms / 1_000).toFixed(1)} s`
