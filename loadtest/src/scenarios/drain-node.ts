import { DrainNode } from '../targets/kubernetes/actions/drain.js'
import { DRAIN_RIGHTS } from '../targets/kubernetes/actions/rights.js'
import { uncordonNode } from '../targets/kubernetes/actions/undo-by-hand.js'
import { drainNode as drainNodeHere } from '../targets/local/actions/drain.js'
import type { Scenario } from './scenario.js'

export const drainNode: Scenario = {
  name: 'drain-node',
  description:
    'cordon a node that has pods of the service and evict them as the PodDisruptionBudget allows, as kubectl drain',
  expects: 'replaced',
  flags: [],
  local: () => drainNodeHere(),
  kubernetes: {
    rights: () => DRAIN_RIGHTS,
    plan: (snapshot) => new DrainNode(snapshot),
    undoByHand: uncordonNode,
  },
}
