import { setTimeout as sleep } from 'node:timers/promises'
import { now, toEpoch } from '../../../base/clock.js'
import type { LocalScenario, Stage } from './action.js'
import { forward } from './roll.js'

/** How long the failed rollout stands before it is undone: somebody has to see it first. In ms. */
const STANDS = 5_000

/** The new version cannot be started at all, as an image that cannot be pulled. */
export const unpullableImage: LocalScenario = {
  set: (options, manifests) => {
    const setting = forward(options, manifests)
    return { ...setting, other: { ...setting.other, command: ['zero-drop-no-such-program'] } }
  },
  play: failAndUndo,
}

/** The new version ends at its start. */
export const crashingImage: LocalScenario = {
  set: (options, manifests) => {
    const setting = forward(options, manifests)
    const command = ['/bin/sh', '-c', 'echo "zero-drop: this version crashes at its start"; exit 1']
    return { ...setting, other: { ...setting.other, command } }
  },
  play: failAndUndo,
}

async function failAndUndo({ controller, emit }: Stage, signal: AbortSignal): ReturnType<LocalScenario['play']> {
  controller.switchTemplate()
  const outcome = await controller.follow(signal)
  if (outcome.status !== 'failed') return outcome
  emit({ at: toEpoch(now()), type: 'rollout-failed', reason: outcome.reason })
  await sleep(STANDS, undefined, { signal }).catch(() => {})
  controller.switchTemplate()
  const undone = await controller.follow(signal)
  return undone.status === 'finished' ? { ...outcome, undone: true } : undone
}
