import { UsageError } from '../../../base/errors.js'
import { setTimeout as sleep } from 'node:timers/promises'
import { now, toEpoch } from '../../../base/clock.js'
import { on } from '../controller/nodes.js'
import type { Pod } from '../pods/pod.js'
import type { LocalScenario, Stage } from './action.js'
import { still } from './roll.js'

/** How long kubectl drain waits after an eviction that a budget refused. In ms. */
const RETRY = 5_000

/**
 * Cordons the node with the most pods and evicts them.
 *
 * Source: `evictPods` in kubectl `pkg/drain/drain.go`.
 */
export const drainNode: LocalScenario = {
  set(options, manifests) {
    const { balancers = 3 } = options
    if (balancers < 2) throw new UsageError('drain-node needs 2 load balancers or more, one for each node')
    return still(options, manifests, 'drain of a node with pods')
  },
  async play(stage, signal) {
    const { controller, nodes } = stage
    const node = nodes.busiest(controller.active)
    nodes.cordon(node)
    const left = on(node, controller.active)
    const detail = `cordoned ${node} with ${left.length === 1 ? 'one pod' : `${left.length} pods`}`
    stage.emit({ at: toEpoch(now()), type: 'rollout-progress', detail, updated: 0, desired: controller.replicas })
    await Promise.all(left.map((pod) => evict(pod, stage, signal)))
    return controller.follow(signal)
  },
}

/** Deletes a pod as soon as every budget allows it. */
async function evict(pod: Pod, stage: Stage, signal: AbortSignal): Promise<void> {
  while (!signal.aborted && !pod.deleted) {
    if (mayGo(pod, stage)) pod.delete()
    // oxlint-disable-next-line no-await-in-loop -- one try after the other
    else await sleep(RETRY, undefined, { signal }).catch(() => {})
  }
}

/** Source: `checkAndDecrement` in kubernetes `pkg/registry/core/pod/storage/eviction.go`. */
function mayGo(pod: Pod, { manifests, controller }: Stage): boolean {
  const healthy = controller.active.filter((each) => each.ready).length
  return manifests.disruptionBudgets.every(
    (budget) =>
      (!pod.ready && budget.alwaysAllowUnhealthy) || healthy > budget.healthyAtLeast(manifests.deployment.replicas),
  )
}
