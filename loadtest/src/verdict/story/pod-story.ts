import { isDrop } from '../../base/attempt.js'
import { toEpoch } from '../../base/clock.js'
import type { FailedAttempt } from '../../ledger/ledger.js'
import { marginOf } from './margin.js'
import type { Margin } from './margin.js'
import type { RunRecord } from './run-record.js'
import { earlierName, endOf } from './pod-life.js'
import type { PodLife } from './pod-life.js'
import type { Timeline } from './timeline.js'

/** The life of one pod, from the target's events, the responses that the clients got and the pod's own log. Epoch ms; null if not seen. */
export interface PodStory extends PodLife {
  readonly listenerClosedAt: number | null
  /**
   * `socket`: the target saw that the socket had gone. `log`: the pod logged it. `refusal`: the pod refused a connection by then. `exit`:
   * the listener was open until the exit.
   */
  readonly listenerClosedBy: 'socket' | 'log' | 'refusal' | 'exit' | null
  /** The start of the last request to the pod, on a new connection and on one that had answered before. */
  readonly lastFreshArrivalAt: number | null
  readonly lastReusedArrivalAt: number | null
  /** The end of the last answer that a client got from the pod. */
  readonly lastAnswerAt: number | null
  /** Answers that clients got from the pod. */
  readonly answered: number
  /** Null if the pod got no SIGTERM. */
  readonly margin: Margin | null
}

type Sources = Pick<RunRecord, 'timeline' | 'ledger' | 'serverLog'>

/** Returns the story of each pod, in order of creation. */
export function podStories(record: Sources): PodStory[] {
  const { timeline } = record
  return timeline.pods
    .toSorted((left, right) => (left.createdAt ?? 0) - (right.createdAt ?? 0))
    .map((life) => podStory(record, life))
}

/** The latest arrival of a new connection after SIGTERM, over all pods. Durations in ms. */
export interface LatestArrival {
  readonly pod: string
  readonly lastArrivalMs: number
  readonly comfortableDelayMs: number
}

/** Returns the latest arrival of a new connection after SIGTERM, which a delay must cover; undefined if none came. */
export const latestArrival = (stories: readonly PodStory[]): LatestArrival | undefined =>
  stories
    .flatMap(({ pod, margin }) =>
      margin?.fresh.lastArrivalMs == null || margin.comfortableDelayMs === null
        ? []
        : { pod, lastArrivalMs: margin.fresh.lastArrivalMs, comfortableDelayMs: margin.comfortableDelayMs },
    )
    .toSorted((left, right) => right.lastArrivalMs - left.lastArrivalMs)[0]

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
      ...[...refused, ...lostBy(ledger.failures, life)].map(({ startedAt }) => toEpoch(startedAt)),
    ),
    lastReusedArrivalAt: latest(traffic?.lastReusedStartAt, log?.lastReusedArrivalAt),
  }
  const sourcesSilentAt = ofThisShutdown(life, log?.sourcesSilentAt ?? null)
  return {
    ...life,
    version: life.version ?? traffic?.version ?? null,
    ...facts,
    lastAnswerAt: traffic?.lastAnswerAt ?? null,
    answered: traffic?.answered ?? 0,
    margin: marginOf({ ...facts, sourcesSilentAt, exitedAt: endOf(life) }) ?? null,
  }
}

/** How much earlier than the exit a socket may be seen to close with it, in ms. */
const WITH_EXIT = 100

/** The log is exact to the millisecond, unless it is wrong; the socket outweighs what clients see. */
function listenerClosed(
  life: PodLife,
  logged: number | null,
  refused: readonly FailedAttempt[],
): Pick<PodStory, 'listenerClosedAt' | 'listenerClosedBy'> {
  const { terminatingAt } = life
  const end = endOf(life)
  if (terminatingAt === null) return { listenerClosedAt: null, listenerClosedBy: null }
  const closedAt = ofThisShutdown(life, logged)
  const { socketClosedAt } = life
  if (closedAt !== null && (socketClosedAt === null || Math.abs(closedAt - socketClosedAt) < WITH_EXIT)) {
    return { listenerClosedAt: closedAt, listenerClosedBy: 'log' }
  }
  if (socketClosedAt !== null && (end === null || socketClosedAt < end - WITH_EXIT)) {
    return { listenerClosedAt: socketClosedAt, listenerClosedBy: 'socket' }
  }
  if (socketClosedAt !== null) return { listenerClosedAt: end, listenerClosedBy: 'exit' }
  const first = Math.min(...refused.map(({ endedAt }) => toEpoch(endedAt)))
  if (!Number.isFinite(first)) return { listenerClosedAt: null, listenerClosedBy: null }
  if (end !== null && end < first) return { listenerClosedAt: end, listenerClosedBy: 'exit' }
  return { listenerClosedAt: first, listenerClosedBy: 'refusal' }
}

const CLOCKS_APART = 5_000

/**
 * Returns the time of a line about the shutdown of a pod. The clock of the pod may be behind. A line that is much older than SIGTERM
 * belongs to an earlier run of the container.
 */
function ofThisShutdown({ terminatingAt }: PodLife, logged: number | null): number | null {
  if (terminatingAt === null || logged === null || logged <= terminatingAt - CLOCKS_APART) return null
  return Math.max(logged, terminatingAt)
}

/**
 * Returns the new connections that this pod refused after its SIGTERM. If no load balancer names the pod, it is the pod that was
 * terminating, provided that there was only one.
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

/** Returns the new connections that this pod took and lost after its SIGTERM. */
function lostBy(failures: readonly FailedAttempt[], { pod, terminatingAt }: PodLife): readonly FailedAttempt[] {
  if (terminatingAt === null) return []
  return failures.filter(
    ({ outcome, reused, ending, startedAt }) =>
      isDrop(outcome) && outcome !== 'refused' && !reused && ending.pod === pod && toEpoch(startedAt) > terminatingAt,
  )
}

const latest = (...times: readonly (number | null | undefined)[]): number | null =>
  times.reduce<number | null>((last, time) => (time != null && time > (last ?? 0) ? time : last), null)
