import { setTimeout as sleep } from 'node:timers/promises'
import { now, toEpoch } from '../../../base/clock.js'
import type { LocalAction } from './action.js'
import { toNewer } from './plans.js'

/** How long a failed rollout stays before it is undone, in ms, as an operator needs time to notice it. */
const UNDO_DELAY_MS = 5_000

/**
 * Rolls to a version that cannot start, waits until the rollout fails, and undoes it under the same load.
 *
 * @param command the argv of the newer version.
 */
export const rollAndUndo = (label: string, command: readonly string[]): LocalAction => ({
  plan(versions, manifests) {
    const plan = toNewer(label, versions, manifests)
    return { ...plan, other: { ...plan.other, command } }
  },
  async perform({ controller, emit }, signal) {
    controller.switchTemplate()
    const outcome = await controller.follow(signal)
    if (outcome.status !== 'failed') return outcome
    emit({ at: toEpoch(now()), type: 'rollout-failed', reason: outcome.reason })
    await sleep(UNDO_DELAY_MS, undefined, { signal }).catch(() => {})
    controller.switchTemplate()
    const undone = await controller.follow(signal)
    return undone.status === 'finished' ? { ...outcome, undone: true } : undone
  },
})
