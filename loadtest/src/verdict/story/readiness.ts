import type { TargetEvent } from '../../targets/target.js'
import type { PodLife } from './pod-life.js'

/** The longest time in which load balancers learn that a pod is ready again, in ms. */
const PROPAGATION = 30_000

/**
 * Returns whether a pod that was not ending failed its readiness at that epoch time, or so shortly before that some load balancers
 * may not know of its return.
 *
 * @param events the events of all pods, in order
 */
export function failedReadiness(
  { pod, createdAt, terminatingAt, killedAt, goneAt }: PodLife,
  events: readonly TargetEvent[],
  at: number,
): boolean {
  if ([terminatingAt, killedAt, goneAt].some((end) => end !== null && end <= at)) return false
  const own = events.filter((event) => 'pod' in event && event.pod === pod && event.at >= (createdAt ?? 0))
  const failed = own.findLast((event) => event.type === 'pod-unready' && event.at <= at)
  if (failed === undefined) return false
  const since = own.findLast((event) => event.type === 'pod-ready' && event.at <= failed.at)?.at ?? 0
  // A crash, not a probe, made the pod unready.
  const crashed = own.some(
    (event) =>
      event.type === 'container-ended' && !/probe/i.test(event.reason) && since <= event.at && event.at <= failed.at,
  )
  const back = own.find((event) => event.type === 'pod-ready' && event.at > failed.at)
  return !crashed && (back === undefined || back.at > at - PROPAGATION)
}
