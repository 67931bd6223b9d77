import { UsageError } from '../../../base/errors.js'
import type { LocalScenario } from './action.js'
import { still } from './roll.js'

/** Deletes pods at once; their ReplicaSet makes others. */
export const deletePod: LocalScenario = {
  set(options, manifests) {
    const { name, replicas } = manifests.deployment
    const { pods = 1 } = options.scenario.values
    if (pods > replicas) {
      throw new UsageError(`Deployment ${name} has ${replicas} pods, so ${pods} cannot be deleted`)
    }
    return still(options, manifests, `deletion of ${pods === 1 ? 'one pod' : `${pods} pods`}`)
  },
  play({ controller, values }, signal) {
    for (const pod of controller.active.slice(0, values['pods'] ?? 1)) pod.delete()
    return controller.follow(signal)
  },
}
