import type { PodStory } from './pod-story.js'

/** Where in its pod's life a request was lost. `no-pod`: nobody can say which pod it was. */
export type PodStage = 'no-pod' | 'starting' | 'ready' | 'lame-duck' | 'draining' | 'gone'

/** What is seen of a process's end comes a little after the end itself, in ms. */
const SEEN_LATE = 250

export function stageAt(story: PodStory | undefined, at: number): PodStage {
  if (!story) return 'no-pod'
  const { readyAt, terminatingAt, killedAt, listenerClosedAt, listenerClosedBy, goneAt } = story
  if (goneAt !== null && at >= goneAt - SEEN_LATE && listenerClosedBy !== 'log') return 'gone'
  if ((goneAt !== null && at >= goneAt) || (killedAt !== null && at >= killedAt)) return 'gone'
  if (terminatingAt === null || at < terminatingAt) return readyAt === null || at < readyAt ? 'starting' : 'ready'
  return listenerClosedAt !== null && at >= listenerClosedAt ? 'draining' : 'lame-duck'
}
