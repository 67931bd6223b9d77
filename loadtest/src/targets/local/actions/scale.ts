import { UsageError } from '../../../base/errors.js'
import { wrong } from '../../../inputs/manifests/manifests.js'
import type { LocalAction } from './action.js'
import { unchanged } from './plans.js'

/**
 * Scales down, waits until the surplus pods are gone, and scales up again.
 *
 * @param replicas default: one fewer than the Deployment has.
 */
export const scaleDown = (replicas?: number): LocalAction => ({
  plan(versions, manifests) {
    const { deployment } = manifests
    const { name, replicas: all } = deployment
    const fewer = replicas ?? all - 1
    if (all < 2)
      throw wrong(deployment, 'spec.replicas', 'is 1, but scaling down needs 2 or more: raise it, or give --replicas')
    if (fewer >= all) throw new UsageError(`Deployment ${name} has ${all} replicas: give --scale-to a smaller number`)
    return unchanged(`scale-down to ${fewer} of ${all} and up again`, versions, manifests)
  },
  async perform({ controller }, signal) {
    const all = controller.replicas
    controller.scale(replicas ?? all - 1)
    const down = await controller.follow(signal)
    if (down.status !== 'finished') return down
    controller.scale(all)
    return controller.follow(signal)
  },
})
