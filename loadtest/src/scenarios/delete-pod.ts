import { DeletePods } from '../targets/kubernetes/actions/delete-pods.js'
import { DELETE_PODS } from '../targets/kubernetes/actions/rights.js'
import { waitForReplacement } from '../targets/kubernetes/actions/undo-by-hand.js'
import { deletePods } from '../targets/local/actions/delete-pods.js'
import type { Scenario } from './scenario.js'

export const deletePod: Scenario = {
  name: 'delete-pod',
  description: 'delete pods at once and wait for their replacements, as kubectl delete pod',
  expects: 'replaced',
  flags: [
    {
      name: 'pods',
      value: 'N',
      help: 'number of pods that delete-pod deletes',
      min: 1,
      max: 10_000,
      whole: true,
      byDefault: 1,
    },
  ],
  local: ({ pods = 1 }) => deletePods(pods),
  kubernetes: {
    rights: () => [DELETE_PODS],
    plan: (snapshot, { values: { pods = 1 } }) => new DeletePods(snapshot, { pods, kill: false }),
    undoByHand: waitForReplacement,
  },
}
