import { UsageError } from '../../../base/errors.js'
import type { LocalScenario } from './action.js'
import { still } from './roll.js'

/** Scales down, waits until the surplus is gone, and scales up again. */
export const scaleDown: LocalScenario = {
  set(options, manifests) {
    const { file, name, replicas } = manifests.deployment
    const { 'scale-to': to = replicas - 1 } = options.scenario.values
    if (replicas < 2) {
      throw new UsageError(`${file}: Deployment ${name}: spec.replicas is 1: scale-down needs 2 or more`)
    }
    if (to >= replicas) {
      throw new UsageError(`${to} pods are not fewer than the ${replicas} of Deployment ${name}`)
    }
    return still(options, manifests, `scale-down to ${to} of ${replicas} and up again`)
  },
  async play({ controller, values }, signal) {
    const { replicas } = controller
    controller.scale(values['scale-to'] ?? replicas - 1)
    const down = await controller.follow(signal)
    if (down.status !== 'finished') return down
    controller.scale(replicas)
    return controller.follow(signal)
  },
}
