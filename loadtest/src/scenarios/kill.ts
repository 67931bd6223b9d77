import { DeletePods } from '../targets/kubernetes/actions/delete-pods.js'
import { DELETE_PODS } from '../targets/kubernetes/actions/rights.js'
import { waitForReplacement } from '../targets/kubernetes/actions/undo-by-hand.js'
import { killOnePod } from '../targets/local/actions/delete-pods.js'
import type { Scenario } from './scenario.js'

export const kill: Scenario = {
  name: 'kill',
  description: 'send SIGKILL to one pod without SIGTERM: losses are expected, and counted separately',
  expects: 'losses',
  flags: [],
  local: () => killOnePod(),
  kubernetes: {
    rights: () => [DELETE_PODS],
    plan: (snapshot) => new DeletePods(snapshot, { pods: 1, kill: true }),
    undoByHand: waitForReplacement,
  },
}
