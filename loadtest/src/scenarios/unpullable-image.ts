import { FailingRoll } from '../targets/kubernetes/actions/failing-roll.js'
import { failingRollRights } from '../targets/kubernetes/actions/rights.js'
import { undoRollout } from '../targets/kubernetes/actions/undo-by-hand.js'
import { unpullable } from '../targets/kubernetes/changes/faulty-versions.js'
import { rollAndUndo } from '../targets/local/actions/failing-roll.js'
import type { Scenario } from './scenario.js'

export const unpullableImage: Scenario = {
  name: 'unpullable-image',
  description: 'roll to an image that cannot be pulled, see it fail, and undo it',
  expects: 'untouched',
  flags: [],
  local: () => rollAndUndo('unpullable-image', ['zero-drop-no-such-program']),
  kubernetes: {
    rights: failingRollRights,
    plan: (snapshot) => new FailingRoll(snapshot, unpullable(snapshot.kind, snapshot.original, snapshot.container)),
    undoByHand: undoRollout,
  },
}
