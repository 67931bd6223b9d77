import { sameTemplate } from './changes.js'
import { TEMPLATE_HASH, type Deployment, type Pod, type PodTemplate, type ReplicaSet } from './objects.js'

/** What is known of a rollout at one moment. */
export interface RolloutView {
  readonly deployment: Deployment
  readonly replicaSets: readonly ReplicaSet[]
  readonly pods: readonly Pod[]
}

export interface RolloutStatus {
  readonly finished: boolean
  /** For people, in kubectl's words where it has some. */
  readonly detail: string
  /** Pods of the present template. */
  readonly updated: number
  readonly desired: number
  /** Pods of the present template; empty until the controller has made their ReplicaSet. */
  readonly fresh: readonly Pod[]
}

/**
 * How far a rollout is. Finished is stricter than `kubectl rollout status`: there, old pods that are still terminating no
 * longer count; here every one of them must be gone.
 *
 * Source: `DeploymentStatusViewer` in kubectl `pkg/polymorphichelpers/rollout_status.go`.
 */
export function rolloutStatus({ deployment, replicaSets, pods }: RolloutView): RolloutStatus {
  const { metadata, spec, status = {} } = deployment
  const desired = spec.replicas ?? 1
  const { updatedReplicas: updated = 0, replicas: total = 0, availableReplicas: available = 0 } = status
  const hash = newReplicaSet(deployment, replicaSets)?.metadata.labels?.[TEMPLATE_HASH]
  const fresh = hash === undefined ? [] : pods.filter((pod) => pod.metadata.labels?.[TEMPLATE_HASH] === hash)
  const old = pods.filter((pod) => isOfDeployment(pod) && !fresh.includes(pod) && isAlive(pod))
  const result = { updated, desired, fresh }
  if ((status.observedGeneration ?? 0) < (metadata.generation ?? 0) || hash === undefined) {
    return { ...result, finished: false, detail: 'the change is not yet observed', updated: 0 }
  }
  if (updated < desired) {
    return { ...result, finished: false, detail: `${updated} out of ${desired} new replicas have been updated` }
  }
  if (total > updated) {
    return { ...result, finished: false, detail: `${total - updated} old replicas are pending termination` }
  }
  if (available < updated) {
    return { ...result, finished: false, detail: `${available} of ${updated} updated replicas are available` }
  }
  if (old.length > 0) {
    return {
      ...result,
      finished: false,
      detail: `${old.length} old ${old.length === 1 ? 'pod is' : 'pods are'} terminating`,
    }
  }
  return { ...result, finished: true, detail: `${updated} of ${desired} new pods available, every old pod gone` }
}

/** Of several ReplicaSets with the present template the oldest counts, as for the Deployment controller. */
function newReplicaSet(deployment: Deployment, replicaSets: readonly ReplicaSet[]): ReplicaSet | undefined {
  return owned(deployment, replicaSets)
    .filter(({ spec }) => sameTemplate(spec.template, deployment.spec.template))
    .toSorted((a, b) => (a.metadata.creationTimestamp ?? '').localeCompare(b.metadata.creationTimestamp ?? ''))[0]
}

export function owned(deployment: Deployment, replicaSets: readonly ReplicaSet[]): readonly ReplicaSet[] {
  return replicaSets.filter(({ metadata }) =>
    metadata.ownerReferences?.some(({ uid }) => uid === deployment.metadata.uid),
  )
}

/** A pod without the label was not made by a Deployment, though the selector selects it. */
const isOfDeployment = ({ metadata }: Pod): boolean => metadata.labels?.[TEMPLATE_HASH] !== undefined

/** Pods that have ended (evicted ones, say) stay as objects for as long as somebody wants to look at them. */
export function isAlive({ status, metadata }: Pod): boolean {
  return metadata.deletionTimestamp !== undefined || (status?.phase !== 'Failed' && status?.phase !== 'Succeeded')
}

/** True where somebody else has changed what the pods are made from. */
export function isSuperseded(deployment: Deployment, template: PodTemplate): boolean {
  return !sameTemplate(deployment.spec.template, template)
}
