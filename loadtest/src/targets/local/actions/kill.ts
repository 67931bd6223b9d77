import type { LocalScenario } from './action.js'
import { still } from './roll.js'

/** SIGKILL for the process of one pod; its container is started again. */
export const kill: LocalScenario = {
  set: (options, manifests) => still(options, manifests, 'SIGKILL for one pod'),
  async play({ controller }, signal) {
    const [victim] = controller.active
    await victim?.kill()
    return controller.follow(signal)
  },
}
