import { endOf } from './pod-life.js'
import type { PodStory } from './pod-story.js'

/** The stage in the life of a pod at which a request was lost. `no-pod`: the pod is unknown. */
export type PodStage = 'no-pod' | 'starting' | 'ready' | 'lame-duck' | 'draining' | 'gone'

/** A process exits up to this much earlier than its exit is seen, in ms. */
const SEEN_LATE = 250

/** Returns the stage of a pod at that epoch time. */
export function stageAt(story: PodStory | undefined, at: number): PodStage {
  if (!story) return 'no-pod'
  const { readyAt, terminatingAt, killedAt, listenerClosedAt, listenerClosedBy } = story
  const end = endOf(story)
  if (
    end !== null &&
    at >= end - SEEN_LATE &&
    (story.killed || (listenerClosedBy !== 'log' && listenerClosedBy !== 'socket'))
  )
    return 'gone'
  if ((end !== null && at >= end) || (killedAt !== null && at >= killedAt)) return 'gone'
  if (terminatingAt === null || at < terminatingAt) return readyAt === null || at < readyAt ? 'starting' : 'ready'
  return listenerClosedAt !== null && at >= listenerClosedAt ? 'draining' : 'lame-duck'
}
