import { LivenessRestart } from '../targets/kubernetes/actions/liveness-restart.js'
import { LIVENESS_RIGHTS } from '../targets/kubernetes/actions/rights.js'
import { deleteAddedPod } from '../targets/kubernetes/actions/undo-by-hand.js'
import type { Scenario } from './scenario.js'

export const livenessRestart: Scenario = {
  name: 'liveness-restart',
  description:
    'the kubelet restarts a container whose liveness probe fails: SIGTERM while its endpoint is not terminating',
  expects: 'replaced',
  flags: [],
  // The local target cannot add a pod to those of the Deployment.
  kubernetes: {
    rights: () => LIVENESS_RIGHTS,
    plan: (snapshot) => new LivenessRestart(snapshot),
    undoByHand: deleteAddedPod,
  },
}
