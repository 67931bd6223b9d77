import type { ControllerRevision, PodTemplate, ReplicaSet } from '../api/objects.js'

/** One revision of a workload, whichever object it is kept in. */
export interface Revision {
  readonly object: ReplicaSet | ControllerRevision
  readonly number: number
  readonly template: PodTemplate
  /** What its pods are labelled with. */
  readonly hash: string
  readonly createdAt: string
  /** Whether the pods of this template are its own. */
  makes(template: PodTemplate): boolean
}
