import { UsageError } from '../base/errors.js'
import { rollRights } from '../targets/kubernetes/actions/rights.js'
import { Roll } from '../targets/kubernetes/actions/roll.js'
import { undoRollout } from '../targets/kubernetes/actions/undo-by-hand.js'
import { changeImage } from '../targets/kubernetes/changes/changes.js'
import { rollForward } from '../targets/local/actions/roll.js'
import { restart } from './restart.js'
import type { Scenario } from './scenario.js'
import { undo } from './undo.js'

export const setImage: Scenario = {
  name: 'set-image',
  description: 'roll to a new version, as kubectl set image',
  expects: 'replaced',
  flags: [],
  local: () => rollForward({ label: 'set-image' }),
  kubernetes: {
    rights: rollRights,
    needsImage: true,
    direction: 'forward',
    plan({ kind, original, container }, { image = '' }, baseline) {
      if (image !== '') return new Roll(baseline, changeImage(kind, original, container, image))
      throw new UsageError('the scenario set-image needs the new image: give it with --image')
    },
    undoByHand: undoRollout,
  },
  wayBack: () => undo,
  withOneVersion: () => restart,
}
