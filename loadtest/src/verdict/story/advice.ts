import type { FailedAttempt } from '../../ledger/ledger.js'
import type { PodStage } from './pod-stage.js'
import type { PodStory } from './pod-story.js'

export interface AdviceContext {
  readonly failure: FailedAttempt
  readonly stage: PodStage
  readonly story: PodStory | undefined
}

/** What to do about a request that was lost in this way at this stage, in a clause. */
export function adviceFor({ failure, stage, story }: AdviceContext): string {
  const { outcome, ending, execution, refusal } = failure
  switch (outcome) {
    case 'executed-twice':
      return 'have whatever is in between retry only what is safe to repeat'
    case 'executed-unanswered':
      if (ending.outcome === 'not-processed')
        return 'run no handler for what comes behind a response with Connection: close'
      return "close the sending side first and read on until the client's FIN, so that the answer gets there (RFC 9112 §9.6)"
    case 'wrong-body':
    case 'duplicated':
    case '4xx':
      return 'look at the service and at what is in front of it: a rollout alone does not do this'
    case '5xx':
      return stage === 'ready' || stage === 'no-pod'
        ? `look into the log of ${story?.pod ?? 'the pods'} at that time`
        : 'fail readiness, not requests: serve as before until the listener is closed'
    case 'starved':
      return 'run it again on a quieter machine, or with a lower --rate: this says nothing about the service'
    case 'unfinished':
    case 'harness-fault':
    case 'unclassified':
      return 'run it again: this says nothing about the service'
    default:
      break
  }
  if (refusal && refusal.pod === undefined)
    return 'keep a pod ready: maxUnavailable 0, and a readiness probe that tells the truth'
  if (stage === 'starting') return 'give it a readiness probe that fails until it listens'
  if (stage === 'ready' || stage === 'no-pod') {
    return story === undefined
      ? 'nothing that is known of the rollout explains it: look into the logs of that time'
      : `nothing was happening to ${story.pod}: look into its log at that time`
  }
  if (story?.killed === true && stage === 'gone') return 'let the shutdown fit into terminationGracePeriodSeconds'
  if (story?.killedAt != null && stage === 'gone') return 'nothing: SIGKILL leaves no time for anything'
  if (stage === 'gone' && endedAtOnce(story)) {
    return 'do not let SIGTERM end the process: go on serving until every proxy has switched, then drain'
  }
  if (outcome === 'reset-after-start' || outcome === 'truncated' || (outcome === 'timed-out' && execution)) {
    return 'wait for the requests in flight before the process ends or their connections are closed'
  }
  if (failure.reused) {
    return 'answer with Connection: close from SIGTERM on, and end idle connections only after that, or when the Keep-Alive time that was promised is over'
  }
  return `after SIGTERM go on taking new connections${enough(story)}`
}

/** So soon after SIGTERM, in ms, ends what does not handle it, or exits in its handler. */
const AT_ONCE = 1_000

const endedAtOnce = (story: PodStory | undefined): boolean =>
  story?.terminatingAt != null && story.goneAt !== null && story.goneAt - story.terminatingAt < AT_ONCE

function enough(story: PodStory | undefined): string {
  const comfortable = story?.margin?.comfortableDelayMs
  if (comfortable == null) return ' until every proxy has switched'
  return ` for ${(comfortable / 1_000).toFixed(1)} s at least: the last one came after ${((story?.margin?.fresh.lastArrivalMs ?? 0) / 1_000).toFixed(1)} s`
}
