import { rollRights } from '../targets/kubernetes/actions/rights.js'
import { Roll } from '../targets/kubernetes/actions/roll.js'
import { undoRollout } from '../targets/kubernetes/actions/undo-by-hand.js'
import { restartPods } from '../targets/kubernetes/changes/changes.js'
import { rollAgain } from '../targets/local/actions/roll.js'
import type { Scenario } from './scenario.js'

export const restart: Scenario = {
  name: 'restart',
  description: 'replace every pod by one of the same version, as kubectl rollout restart',
  expects: 'replaced',
  flags: [],
  local: () => rollAgain('restart'),
  kubernetes: {
    rights: rollRights,
    plan: ({ kind, original, container }, _, baseline) =>
      new Roll(baseline, restartPods(kind, original, container, new Date())),
    undoByHand: undoRollout,
  },
}
