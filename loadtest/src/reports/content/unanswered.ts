import { OUTCOMES } from '../../base/attempt.js'
import type { Outcome } from '../../base/attempt.js'
import { count } from '../../base/text.js'
import type { UnansweredRequest } from '../data/unanswered.js'
import type { RunReport } from '../report.js'

/** The requests that were not answered as they should have been. */
export interface Unanswered {
  /** `12 × ADVICE` for the drops, the most frequent advice first. Empty if nothing was dropped. */
  readonly advice: readonly string[]
  /** The causes of the drops, then those of other requests, each group with the most frequent cause first. */
  readonly causes: readonly CauseGroup[]
  readonly listed: number
  /** Requests beyond the listed ones: counted by outcome, but without a cause. */
  readonly notListed: number
}

/** The requests that were lost in the same way, at the same stage of their pods, with the same advice. */
export interface CauseGroup {
  /** `refused: new connection, after the pod closed its listener` */
  readonly title: string
  readonly outcome: Outcome
  readonly dropped: boolean
  /** Null if the requests were not dropped. */
  readonly advice: string | null
  readonly count: number
  /** Most requests first. */
  readonly pods: readonly PodGroup[]
}

/** The requests of one cause that one pod lost. */
export interface PodGroup {
  /** Null if the pod is unknown. */
  readonly pod: string | null
  /** In order of time. */
  readonly requests: readonly ListedRequest[]
}

export interface ListedRequest extends UnansweredRequest {
  /** Its place in `unanswered` of the JSON report. */
  readonly index: number
}

type Source = Pick<RunReport, 'unanswered' | 'unansweredNotListed'>

/** Returns null if every request was answered. */
export function unansweredOf({ unanswered, unansweredNotListed: notListed }: Source): Unanswered | null {
  if (unanswered.length === 0 && notListed === 0) return null
  return { advice: adviceCounts(unanswered), causes: causesOf(unanswered), listed: unanswered.length, notListed }
}

function adviceCounts(requests: readonly UnansweredRequest[]): string[] {
  const counts = new Map<string, number>()
  for (const { advice } of requests) if (advice !== null) counts.set(advice, (counts.get(advice) ?? 0) + 1)
  return [...counts]
    .toSorted(([, left], [, right]) => right - left)
    .map(([advice, times]) => `${count(times)} × ${advice}`)
}

function causesOf(requests: readonly UnansweredRequest[]): CauseGroup[] {
  const groups = new Map<string, ListedRequest[]>()
  const general = generalAdvice(requests)
  requests.forEach((request, index) => {
    const { outcome, reusedConnection, stage } = request
    const key = JSON.stringify([outcome, reusedConnection, stage, general(request.advice)])
    const group = groups.get(key) ?? []
    groups.set(key, group)
    group.push({ ...request, index })
  })
  return [...groups.values()]
    .map((group) => groupOf(group, general))
    .toSorted((left, right) => Number(right.dropped) - Number(left.dropped) || right.count - left.count)
}

function groupOf(requests: readonly ListedRequest[], general: GeneralAdvice): CauseGroup {
  const [first] = requests as readonly [ListedRequest]
  const { outcome, advice } = first
  const pods = new Map<string | null, ListedRequest[]>()
  for (const request of requests) {
    const ofPod = pods.get(request.pod) ?? []
    pods.set(request.pod, ofPod)
    ofPod.push(request)
  }
  return {
    title: titleOf(first),
    outcome,
    dropped: OUTCOMES[outcome].standing === 'drop',
    advice: requests.every((each) => each.advice === advice) ? advice : general(advice),
    count: requests.length,
    pods: [...pods]
      .map(([pod, ofPod]) => ({ pod, requests: ofPod }))
      .toSorted((left, right) => right.requests.length - left.requests.length),
  }
}

type GeneralAdvice = (advice: string | null) => string | null

/** Returns a function that takes the names of pods out of an advice, so that the same advice for two pods is one. */
function generalAdvice(requests: readonly UnansweredRequest[]): GeneralAdvice {
  const pods = [...new Set(requests.flatMap(({ pod }) => pod ?? []))]
  const known = new Map<string, string>()
  return (advice) => {
    if (advice === null) return null
    const found = known.get(advice) ?? pods.reduce((text, pod) => text.replaceAll(pod, 'the pod'), advice)
    known.set(advice, found)
    return found
  }
}

const STAGES: Readonly<Record<UnansweredRequest['stage'], string>> = {
  'no-pod': 'pod unknown',
  starting: 'before the pod was ready',
  ready: 'while the pod was ready',
  'lame-duck': 'after SIGTERM',
  draining: 'after the pod closed its listener',
  gone: 'as the pod exited, or after it',
}

const titleOf = ({ outcome, reusedConnection, stage }: UnansweredRequest): string =>
  `${outcome}: ${reusedConnection ? 'reused' : 'new'} connection, ${STAGES[stage]}`
