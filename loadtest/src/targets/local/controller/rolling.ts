/** The input of one step of a rolling update. */
export interface RollingState {
  readonly replicas: number
  readonly maxSurge: number
  readonly maxUnavailable: number
  /** The ReplicaSet of the new template. */
  readonly fresh: ReplicaCount
  /** The ReplicaSet of the old one. */
  readonly old: ReplicaCount
}

export interface ReplicaCount {
  /** `spec.replicas`. Terminating pods do not count. */
  readonly desired: number
  /** Pods that have been ready for `minReadySeconds`. */
  readonly available: number
}

/** The next `spec.replicas` of both ReplicaSets. Unchanged if there is nothing to do until a pod changes. */
export interface Scale {
  readonly fresh: number
  readonly old: number
}

/**
 * Returns the next step of a rolling update, as the Deployment controller decides it: the new ReplicaSet grows as far as the surge
 * allows. If it cannot grow, the old ReplicaSet shrinks as far as enough pods stay available.
 *
 * Sources: `reconcileNewReplicaSet` and `reconcileOldReplicaSets` in kubernetes `pkg/controller/deployment/rolling.go`,
 * `NewRSNewReplicas` in `util/deployment_util.go`.
 */
export function nextScale({ replicas, maxSurge, maxUnavailable, fresh, old }: RollingState): Scale {
  const total = fresh.desired + old.desired
  if (fresh.desired > replicas) return { fresh: replicas, old: old.desired }
  const room = replicas + maxSurge - total
  if (fresh.desired < replicas && room > 0) {
    return { fresh: fresh.desired + Math.min(room, replicas - fresh.desired), old: old.desired }
  }

  const minAvailable = replicas - maxUnavailable
  const freshUnavailable = fresh.desired - fresh.available
  const maxScaledDown = total - minAvailable - freshUnavailable
  if (old.desired === 0 || maxScaledDown <= 0) return { fresh: fresh.desired, old: old.desired }
  // Unhealthy old pods go first: deleting them costs no availability, and waiting for them could block the update forever.
  const cleaned = Math.min(maxScaledDown, Math.max(old.desired - old.available, 0))
  const left = old.desired - cleaned
  const spare = Math.max(fresh.available + old.available - minAvailable, 0)
  return { fresh: fresh.desired, old: left - Math.min(left, spare) }
}
