import { FailingRoll } from '../targets/kubernetes/actions/failing-roll.js'
import { failingRollRights } from '../targets/kubernetes/actions/rights.js'
import { undoRollout } from '../targets/kubernetes/actions/undo-by-hand.js'
import { crashing } from '../targets/kubernetes/changes/faulty-versions.js'
import { rollAndUndo } from '../targets/local/actions/failing-roll.js'
import type { Scenario } from './scenario.js'

const CRASH = ['/bin/sh', '-c', 'echo "zero-drop: this version crashes at its start"; exit 1']

export const crashingImage: Scenario = {
  name: 'crashing-image',
  description: 'roll to a version that crashes at its start, see it fail, and undo it',
  expects: 'untouched',
  flags: [],
  local: () => rollAndUndo('crashing-image', CRASH),
  kubernetes: {
    rights: failingRollRights,
    plan: (snapshot) => new FailingRoll(snapshot, crashing(snapshot.kind, snapshot.original, snapshot.container)),
    undoByHand: undoRollout,
  },
}
