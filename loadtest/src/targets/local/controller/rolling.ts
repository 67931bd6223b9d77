/** The numbers that a rolling update goes by. */
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
  /** `spec.replicas`: pods that it is to have. Pods on their way out do not count. */
  readonly desired: number
  /** Pods that have been ready for `minReadySeconds`. */
  readonly available: number
}

/** How many pods each ReplicaSet is to have next. Unchanged where there is nothing to do until a pod changes. */
export interface Scale {
  readonly fresh: number
  readonly old: number
}

/**
 * One step of a rolling update, as the Deployment controller decides it: first the new ReplicaSet up, as far as the surge
 * allows; when it cannot go up, the old one down, as far as enough pods stay available.
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
  // Unhealthy old pods first: ending them costs no availability, waiting for them could block the update for ever.
  const cleaned = Math.min(maxScaledDown, Math.max(old.desired - old.available, 0))
  const left = old.desired - cleaned
  const spare = Math.max(fresh.available + old.available - minAvailable, 0)
  return { fresh: fresh.desired, old: left - Math.min(left, spare) }
}
