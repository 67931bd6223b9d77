import { UsageError } from '../../../base/errors.js'
import type { LocalAction } from './action.js'
import { unchanged } from './plans.js'

/** Deletes pods at once. Their ReplicaSet creates replacements. */
export const deletePods = (pods: number): LocalAction => ({
  plan(versions, manifests) {
    const { name, replicas } = manifests.deployment
    if (pods > replicas)
      throw new UsageError(
        `Deployment ${name} has ${replicas} pods, so ${pods} cannot be deleted: give --pods a smaller number`,
      )
    return unchanged(`deletion of ${pods === 1 ? 'one pod' : `${pods} pods`}`, versions, manifests)
  },
  perform({ controller }, signal) {
    for (const pod of controller.active.slice(0, pods)) pod.delete()
    return controller.follow(signal)
  },
})

/** Sends SIGKILL to the process of one pod. The pod stays and starts its container again. */
export const killOnePod = (): LocalAction => ({
  plan: (versions, manifests) => unchanged('SIGKILL for one pod', versions, manifests),
  async perform({ controller }, signal) {
    const [victim] = controller.active
    await victim?.kill()
    return controller.follow(signal)
  },
})
