import { now } from '../../../base/clock.js'
import type { Pod } from '../pods/pod.js'

/** The pods of one pod template. */
export class ReplicaSet {
  /** `spec.replicas`. */
  desired = 0
  readonly version: string
  readonly #create: () => Pod
  #pods: Pod[] = []

  constructor(version: string, create: () => Pod) {
    this.version = version
    this.#create = create
  }

  /** All that are not gone, those that are terminating too. */
  get pods(): readonly Pod[] {
    this.#pods = this.#pods.filter((pod) => !pod.gone)
    return this.#pods
  }

  /** Those that count: terminating pods do not. */
  get active(): readonly Pod[] {
    return this.pods.filter((pod) => !pod.deleted)
  }

  available(minReadySeconds: number): number {
    return this.active.filter((pod) => availableAt(pod, minReadySeconds) <= now()).length
  }

  /** Creates and deletes pods until there are as many as desired. */
  sync(): void {
    while (this.active.length < this.desired) {
      // On its own: making a pod looks at the ones that there are.
      const pod = this.#create()
      this.#pods.push(pod)
    }
    const surplus = this.active.length - this.desired
    if (surplus <= 0) return
    for (const pod of this.active.toSorted(firstToGo).slice(0, surplus)) pod.delete()
  }
}

/** When a pod is available, on the harness's clock; Infinity while it is not ready. */
export function availableAt(pod: Pod, minReadySeconds: number): number {
  return pod.readySince === undefined ? Infinity : pod.readySince + minReadySeconds * 1_000
}

/**
 * Which pods a ReplicaSet gives up first: those that are not ready, then the ones ready for the shortest time by order of
 * magnitude, then the ones that restarted most, then the youngest.
 *
 * Source: `ActivePodsWithRanks` in kubernetes `pkg/controller/controller_utils.go`, without what one machine does not have
 * (nodes, deletion cost).
 */
function firstToGo(a: Pod, b: Pod): number {
  if (a.ready !== b.ready) return Number(a.ready) - Number(b.ready)
  const readiness = magnitude(a.readySince) - magnitude(b.readySince)
  if (readiness !== 0) return readiness
  return b.exits - a.exits || magnitude(a.createdAt) - magnitude(b.createdAt)
}

const magnitude = (since: number | undefined): number =>
  since === undefined ? 0 : Math.floor(Math.log2(Math.max(now() - since, 1)))
