import { rollRights } from '../targets/kubernetes/actions/rights.js'
import { Roll } from '../targets/kubernetes/actions/roll.js'
import { undoRollout } from '../targets/kubernetes/actions/undo-by-hand.js'
import { undoChange } from '../targets/kubernetes/changes/changes.js'
import { rollBack } from '../targets/local/actions/roll.js'
import { restart } from './restart.js'
import type { Scenario } from './scenario.js'

export const undo: Scenario = {
  name: 'undo',
  description: 'roll back to an earlier version, as kubectl rollout undo',
  expects: 'replaced',
  flags: [
    {
      name: 'to-revision',
      value: 'N',
      help: 'revision that undo goes back to',
      defaultText: 'the revision before the present one',
      min: 1,
      max: 1e9,
      whole: true,
    },
  ],
  local: ({ 'to-revision': revision }) => rollBack('undo', revision),
  kubernetes: {
    rights: rollRights,
    direction: 'back',
    plan: ({ kind, original, revisions, container }, { values }, baseline) =>
      new Roll(baseline, undoChange(kind, original, revisions, container, values['to-revision'])),
    undoByHand: undoRollout,
  },
  // Without a revision two undos return to where they began.
  wayBack: () => undo,
  withOneVersion: () => restart,
}
