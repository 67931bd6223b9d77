import { setTimeout as sleep } from 'node:timers/promises'
import { now, toEpoch } from '../../../base/clock.js'
import { UsageError } from '../../../base/errors.js'
import { podsOn } from '../controller/nodes.js'
import type { Pod } from '../pods/pod.js'
import type { LocalAction, LocalContext } from './action.js'
import { unchanged } from './plans.js'

/** How long kubectl drain waits after a PodDisruptionBudget refused an eviction, in ms. */
const RETRY_MS = 5_000

/**
 * Cordons the node with the most pods and evicts them.
 *
 * Source: `evictPods` in kubectl `pkg/drain/drain.go`.
 */
export const drainNode = (): LocalAction => ({
  plan(versions, manifests) {
    const { balancers = 3 } = versions
    if (balancers < 2) throw new UsageError('a drain needs 2 or more nodes: give --nodes a larger number')
    return unchanged('drain of a node with pods', versions, manifests)
  },
  async perform(context, signal) {
    const { controller, nodes, emit } = context
    const node = nodes.busiest(controller.active)
    nodes.cordon(node)
    const leaving = podsOn(node, controller.active)
    const detail = `cordoned ${node} with ${leaving.length === 1 ? 'one pod' : `${leaving.length} pods`}`
    emit({ at: toEpoch(now()), type: 'rollout-progress', detail, updated: 0, desired: controller.replicas })
    await Promise.all(leaving.map((pod) => evict(pod, context, signal)))
    return controller.follow(signal)
  },
})

/** Deletes a pod as soon as every PodDisruptionBudget allows it. */
async function evict(pod: Pod, context: LocalContext, signal: AbortSignal): Promise<void> {
  while (!signal.aborted && !pod.deleted) {
    if (isAllowed(pod, context)) pod.delete()
    // oxlint-disable-next-line no-await-in-loop -- one try after the other
    else await sleep(RETRY_MS, undefined, { signal }).catch(() => {})
  }
}

/** Source: `checkAndDecrement` in kubernetes `pkg/registry/core/pod/storage/eviction.go`. */
function isAllowed(pod: Pod, { manifests, controller }: LocalContext): boolean {
  const healthy = controller.active.filter((each) => each.ready).length
  return manifests.disruptionBudgets.every(
    (budget) =>
      (!pod.ready && budget.alwaysAllowUnhealthy) || healthy > budget.healthyAtLeast(manifests.deployment.replicas),
  )
}
