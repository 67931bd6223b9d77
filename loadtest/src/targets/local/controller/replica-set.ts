import { now } from '../../../base/clock.js'
import type { Pod } from '../pods/pod.js'

/** Keeps the wanted number of pods of one pod template. */
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

  /** The pods that are not gone, including terminating ones. */
  get pods(): readonly Pod[] {
    this.#pods = this.#pods.filter((pod) => !pod.gone)
    return this.#pods
  }

  /** The pods that are not terminating. */
  get active(): readonly Pod[] {
    return this.pods.filter((pod) => !pod.deleted)
  }

  available(minReadySeconds: number): number {
    return this.active.filter((pod) => availableAt(pod, minReadySeconds) <= now()).length
  }

  /** Creates and deletes pods until there are as many as desired. */
  sync(): void {
    while (this.active.length < this.desired) {
      // In its own statement, because creating a pod reads the list of pods.
      const pod = this.#create()
      this.#pods.push(pod)
    }
    const surplus = this.active.length - this.desired
    if (surplus <= 0) return
    for (const pod of this.active.toSorted(deletionOrder).slice(0, surplus)) pod.delete()
  }
}

/** Returns when a pod is available, on the harness's clock; Infinity while it is not ready. */
export function availableAt(pod: Pod, minReadySeconds: number): number {
  return pod.readySince === undefined ? Infinity : pod.readySince + minReadySeconds * 1_000
}

/**
 * Orders the pods that a ReplicaSet deletes first: pods that are not ready, then those ready for the shortest time by order of
 * magnitude, then those with the most restarts, then the youngest.
 *
 * Source: `ActivePodsWithRanks` in kubernetes `pkg/controller/controller_utils.go`, without nodes and
 * deletion costs.
 */
function deletionOrder(a: Pod, b: Pod): number {
  if (a.ready !== b.ready) return Number(a.ready) - Number(b.ready)
  const readiness = magnitude(a.readySince) - magnitude(b.readySince)
  if (readiness !== 0) return readiness
  return b.exits - a.exits || magnitude(a.createdAt) - magnitude(b.createdAt)
}

const magnitude = (since: number | undefined): number =>
  since === undefined ? 0 : Math.floor(Math.log2(Math.max(now() - since, 1)))
