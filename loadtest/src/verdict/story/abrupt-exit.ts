import type { FailedAttempt } from '../../ledger/ledger.js'
import { placeOf, wasInFlight } from './place.js'
import type { PlaceContext, Timing } from './place.js'
import { goneAtOnce } from './pod-life.js'
import type { PodStory } from './pod-story.js'

/**
 * Returns the pods that were gone at once after SIGTERM, and cut off requests in flight. Such a pod waits for nothing: its exit explains all
 * that it lost, also between the close of its listener and the exit. On a machine with stalls, that time can be long enough for a drain.
 */
export function abruptExits(failures: readonly FailedAttempt[], context: PlaceContext & Timing): ReadonlySet<PodStory> {
  const abrupt = new Set<PodStory>()
  if (!context.stories.some(goneAtOnce)) return abrupt
  for (const failure of failures) {
    const place = placeOf(failure, context)
    const { story } = place
    if (story && goneAtOnce(story) && wasInFlight(failure, place, context)) abrupt.add(story)
  }
  return abrupt
}
