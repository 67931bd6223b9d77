import { now } from '../../../base/clock.js'
import { HarnessError, UsageError } from '../../../base/errors.js'
import type { ReplicaSet } from './replica-set.js'

/** How long the first pods may take to become ready, even if the progress deadline is later. */
const START_LIMIT_MS = 120_000

export interface FirstPodsOptions {
  readonly progressDeadlineSeconds: number
  /** Ends the wait. */
  readonly signal: AbortSignal
  /** Resolves with the next change of a pod, or after `limitMs`. */
  readonly nextChange: (limitMs: number) => Promise<void>
}

/**
 * Waits until every pod is ready for the first time.
 *
 * @throws {UsageError} a pod cannot start, or is not ready in time.
 * @throws {HarnessError} the signal aborted.
 */
export async function firstPodsReady(pods: ReplicaSet, options: FirstPodsOptions): Promise<void> {
  const { progressDeadlineSeconds, signal, nextChange } = options
  const end = now() + Math.min(progressDeadlineSeconds * 1_000, START_LIMIT_MS)
  for (;;) {
    if (signal.aborted) throw new HarnessError('stopped before every pod was ready')
    if (pods.active.every((pod) => pod.ready)) return
    const failed = pods.active.find((pod) => pod.unstartable || pod.exits > 1 || (now() >= end && !pod.ready))
    if (failed !== undefined) throw new UsageError(`${pods.version} does not start: ${failed.failure}`)
    // oxlint-disable-next-line no-await-in-loop -- waits for the next change
    await nextChange(Math.max(end - now(), 0))
  }
}
