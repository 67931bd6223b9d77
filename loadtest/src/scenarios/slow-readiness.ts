import { rollRights } from '../targets/kubernetes/actions/rights.js'
import { Roll } from '../targets/kubernetes/actions/roll.js'
import { undoRollout } from '../targets/kubernetes/actions/undo-by-hand.js'
import { slowToBeReady } from '../targets/kubernetes/changes/faulty-versions.js'
import { rollForward, withReadinessDelay } from '../targets/local/actions/roll.js'
import type { Scenario } from './scenario.js'

const READY_AFTER_SECONDS = 20

export const slowReadiness: Scenario = {
  name: 'slow-readiness',
  description: 'roll to a version whose pods become ready late',
  expects: 'replaced',
  flags: [
    {
      name: 'ready-after',
      value: 'SECONDS',
      help: 'delay of the first readiness probe of a new pod in slow-readiness',
      min: 1,
      max: 3_600,
      whole: true,
      unit: 'seconds',
      byDefault: READY_AFTER_SECONDS,
    },
  ],
  local: ({ 'ready-after': seconds = READY_AFTER_SECONDS }) =>
    rollForward({ label: 'slow-readiness', newer: (manifests) => withReadinessDelay(manifests, seconds) }),
  kubernetes: {
    rights: rollRights,
    plan({ kind, original, container }, { values: { 'ready-after': seconds = READY_AFTER_SECONDS } }, baseline) {
      return new Roll(baseline, slowToBeReady(kind, original, container, seconds), { temporary: true })
    },
    undoByHand: undoRollout,
  },
}
