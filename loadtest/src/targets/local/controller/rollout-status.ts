import { now } from '../../../base/clock.js'
import type { DeploymentManifest } from '../../../inputs/manifests/manifests.js'
import { availableAt, type ReplicaSet } from './replica-set.js'

/** A pod that exits this often before it is available will not become available. The progress deadline would end it later. */
const MAX_EXITS = 2

/** The number of pods in each state, as the Deployment's status has it. */
export interface RolloutStatus {
  readonly updated: number
  readonly old: number
  readonly terminating: number
  readonly ready: number
  readonly available: number
  readonly freshAvailable: number
}

/** Counts the pods of the present template (`fresh`) and of the other one (`old`). */
export function countPods(fresh: ReplicaSet, old: ReplicaSet, minReadySeconds: number): RolloutStatus {
  const freshAvailable = fresh.available(minReadySeconds)
  return {
    updated: fresh.active.length,
    old: old.active.length,
    terminating: [...fresh.pods, ...old.pods].filter((pod) => pod.deleted).length,
    ready: [...fresh.active, ...old.active].filter((pod) => pod.ready).length,
    available: freshAvailable + old.available(minReadySeconds),
    freshAvailable,
  }
}

/**
 * Returns whether a rollout has made progress, so that its progress deadline starts again.
 *
 * Source: `DeploymentProgressing` in kubernetes `pkg/controller/deployment/util/deployment_util.go`.
 */
export const hasProgressed = (before: RolloutStatus, after: RolloutStatus): boolean =>
  after.updated > before.updated ||
  after.old < before.old ||
  after.ready > before.ready ||
  after.available > before.available

/** Returns whether every pod of the present template is available and no other pod is left to delete. */
export const isComplete = ({ freshAvailable, old }: RolloutStatus, replicas: number): boolean =>
  freshAvailable === replicas && old === 0

export interface FailureOptions {
  readonly fresh: ReplicaSet
  readonly status: RolloutStatus
  readonly deployment: DeploymentManifest
  readonly replicas: number
  /** When the rollout last made progress, on the harness's clock. */
  readonly progressAt: number
}

/** Returns why a rollout has failed; undefined if it has not. */
export function failureOf({ fresh, status, deployment, replicas, progressAt }: FailureOptions): string | undefined {
  const { progressDeadlineSeconds, minReadySeconds } = deployment
  const waiting = fresh.active.filter((pod) => availableAt(pod, minReadySeconds) > now())
  const crashing = waiting.find((pod) => pod.exits >= MAX_EXITS || pod.unstartable)
  if (crashing !== undefined) return `${fresh.version} does not start: ${crashing.failure}`
  if (isComplete(status, replicas) || now() < progressAt + progressDeadlineSeconds * 1_000) return undefined
  const [stuck] = waiting.toSorted((a, b) => Number(a.ready) - Number(b.ready))
  return `no progress for ${progressDeadlineSeconds} s (progressDeadlineSeconds): ${stuck?.failure ?? 'no new pod was created'}`
}
