import type { Kind } from '../workload/kinds.js'
import { observedGeneration, type Pod, type PodTemplate, type Workload } from '../api/objects.js'
import type { Revision } from '../workload/revision.js'
import { sameTemplate } from '../workload/templates.js'
import { isAlive, isLeaving, isReady } from '../pods/pod-state.js'

/** The objects of a rollout at one moment. */
export interface RolloutView {
  readonly kind: Kind
  readonly workload: Workload
  readonly revisions: readonly Revision[]
  readonly pods: readonly Pod[]
}

export interface RolloutStatus {
  readonly finished: boolean
  /** Describes the status, in kubectl's words if it has some. */
  readonly detail: string
  /** The number of pods of the present template. */
  readonly updated: number
  readonly desired: number
  /** The pods of the present template that are not terminating; empty until the controller creates the first. */
  readonly fresh: readonly Pod[]
  /**
   * The rollout stands still until somebody acts, and no pod is starting or terminating: a Rollout of Argo Rollouts is paused, was aborted
   * and serves its stable version again, or its controller refuses its spec.
   */
  readonly halted?: 'paused' | 'aborted' | 'refused'
}

/**
 * Returns the status of a rollout. `finished` is stricter than in `kubectl rollout status`, which ignores terminating pods: here
 * every old pod must be gone, and every new pod must be seen as ready.
 *
 * Source: `DeploymentStatusViewer` in kubectl `pkg/polymorphichelpers/rollout_status.go`.
 */
export function rolloutStatus({ kind, workload, revisions, pods }: RolloutView): RolloutStatus {
  const { metadata } = workload
  const { desired, updated, total, available } = kind.counts(workload)
  const hash = kind.presentHash(workload, revisions)
  const own = pods.filter((pod) => pod.metadata.labels?.[kind.hashLabel] !== undefined && isAlive(pod))
  const isFresh = (pod: Pod): boolean => hash !== undefined && pod.metadata.labels?.[kind.hashLabel] === hash
  const old = own.filter((pod) => !isFresh(pod))
  const leaving = own.filter((pod) => isFresh(pod) && isLeaving(pod))
  const fresh = pods.filter((pod) => isFresh(pod) && !isLeaving(pod))
  const ready = fresh.filter(isReady).length
  const result = { updated, desired, fresh }
  const not = (detail: string): RolloutStatus => ({ ...result, finished: false, detail })
  if (observedGeneration(workload) < (metadata.generation ?? 0) || hash === undefined) {
    return { ...not('the change is not yet observed'), updated: 0 }
  }
  if (updated < desired) return not(`${updated} out of ${desired} new replicas have been updated`)
  if (total > updated) return not(`${total - updated} old replicas are pending termination`)
  if (available < updated) return not(`${available} of ${updated} updated replicas are available`)
  if (old.length > 0) return not(`${old.length} old ${old.length === 1 ? 'pod is' : 'pods are'} terminating`)
  if (leaving.length > 0) return not(`${leaving.length} ${leaving.length === 1 ? 'pod is' : 'pods are'} terminating`)
  if (ready < desired) return not(`${ready} of ${desired} pods are ready`)
  return { ...result, finished: true, detail: `${updated} of ${desired} new pods available, every old pod gone` }
}

/** Returns whether somebody else has changed the pod template. */
export function isSuperseded(workload: Workload, template: PodTemplate): boolean {
  return !sameTemplate(workload.spec.template, template)
}
