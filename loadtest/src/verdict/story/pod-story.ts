import { toEpoch } from '../../base/clock.js'
import type { FailedAttempt } from '../../ledger/ledger.js'
import { marginOf } from './margin.js'
import type { Margin } from './margin.js'
import type { RunRecord } from './run-record.js'
import { earlierName } from './timeline.js'
import type { PodLife, Timeline } from './timeline.js'

/** One pod's life, all told: by the target, by the clients, and by its own log. Epoch ms; null where nobody saw it. */
export interface PodStory extends PodLife {
  readonly listenerClosedAt: number | null
  /** `log`: it said so itself. `refusal`: it was closed by then, since it refused a connection. `exit`: that one came after its end. */
  readonly listenerClosedBy: 'log' | 'refusal' | 'exit' | null
  /** The latest request that reached it, or was to, on a new connection and on one that had answered before. */
  readonly lastFreshArrivalAt: number | null
  readonly lastReusedArrivalAt: number | null
  /** The end of the last answer that a client got from it. */
  readonly lastAnswerAt: number | null
  /** Answers that clients got from it. */
  readonly answered: number
  /** Null for a pod that did not get SIGTERM. */
  readonly margin: Margin | null
}

type Sources = Pick<RunRecord, 'timeline' | 'ledger' | 'serverLog'>

/** Every pod that anybody spoke of, in the order of their creation. */
export function podStories(record: Sources): PodStory[] {
  const { timeline } = record
  return timeline.pods
    .toSorted((left, right) => (left.createdAt ?? 0) - (right.createdAt ?? 0))
    .map((life) => podStory(record, life))
}

function podStory({ ledger, serverLog, timeline }: Sources, life: PodLife): PodStory {
  const isLast = timeline.pod(life.pod, Infinity) === life
  const name = isLast ? life.pod : earlierName(life.pod, life.life)
  const traffic = ledger.pods[name]
  const log = serverLog.pod(name)
  const refused = refusedBy(ledger.failures, timeline, life)
  const facts = {
    terminatingAt: life.terminatingAt,
    ...listenerClosed(life, log?.listenerClosedAt ?? null, refused),
    lastFreshArrivalAt: latest(
      traffic?.lastFreshStartAt,
      log?.lastFreshArrivalAt,
      ...refused.map(({ startedAt }) => toEpoch(startedAt)),
    ),
    lastReusedArrivalAt: latest(traffic?.lastReusedStartAt, log?.lastReusedArrivalAt),
  }
  return {
    ...life,
    version: life.version ?? traffic?.version ?? null,
    ...facts,
    lastAnswerAt: traffic?.lastAnswerAt ?? null,
    answered: traffic?.answered ?? 0,
    margin: marginOf(facts) ?? null,
  }
}

/** What it says itself goes before what can be seen from outside. */
function listenerClosed(
  { terminatingAt, goneAt }: PodLife,
  told: number | null,
  refused: readonly FailedAttempt[],
): Pick<PodStory, 'listenerClosedAt' | 'listenerClosedBy'> {
  if (terminatingAt === null) return { listenerClosedAt: null, listenerClosedBy: null }
  // Its clock may be a little behind: what it closed before its SIGTERM by more than that was an earlier run of the container.
  if (told !== null && told > terminatingAt - CLOCKS_APART) {
    return { listenerClosedAt: Math.max(told, terminatingAt), listenerClosedBy: 'log' }
  }
  const first = Math.min(...refused.map(({ endedAt }) => toEpoch(endedAt)))
  if (!Number.isFinite(first)) return { listenerClosedAt: null, listenerClosedBy: null }
  if (goneAt !== null && goneAt < first) return { listenerClosedAt: goneAt, listenerClosedBy: 'exit' }
  return { listenerClosedAt: first, listenerClosedBy: 'refusal' }
}

const CLOCKS_APART = 5_000

/**
 * New connections that this pod refused after its SIGTERM. Where no load balancer names the pod, it can only be the one that
 * was terminating, if there was but one.
 */
function refusedBy(failures: readonly FailedAttempt[], timeline: Timeline, life: PodLife): readonly FailedAttempt[] {
  const { pod, terminatingAt } = life
  if (terminatingAt === null) return []
  return failures.filter(({ outcome, refusal, startedAt }) => {
    const at = toEpoch(startedAt)
    if (outcome !== 'refused' || at < terminatingAt || timeline.pod(pod, at) !== life) return false
    return (refusal ? refusal.pod : timeline.onlyTermination(at)) === pod
  })
}

const latest = (...times: readonly (number | null | undefined)[]): number | null =>
  times.reduce<number | null>((last, time) => (time != null && time > (last ?? 0) ? time : last), null)
