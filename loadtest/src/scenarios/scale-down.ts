import { rollRights } from '../targets/kubernetes/actions/rights.js'
import { ScaleDown } from '../targets/kubernetes/actions/scale.js'
import { scaleUpAgain } from '../targets/kubernetes/actions/undo-by-hand.js'
import { scaleDown as scaleDownHere } from '../targets/local/actions/scale.js'
import type { Scenario } from './scenario.js'

export const scaleDown: Scenario = {
  name: 'scale-down',
  description: 'scale down, wait until the surplus pods are gone, and scale up again, as kubectl scale twice',
  expects: 'replaced',
  flags: [
    {
      name: 'scale-to',
      value: 'N',
      help: 'number of pods that scale-down leaves until it scales up again',
      defaultText: 'one fewer than there are',
      min: 1,
      max: 10_000,
      whole: true,
    },
  ],
  local: ({ 'scale-to': replicas }) => scaleDownHere(replicas),
  kubernetes: {
    rights: rollRights,
    plan: (snapshot, { values }) => new ScaleDown(snapshot, values['scale-to']),
    undoByHand: scaleUpAgain,
  },
}
