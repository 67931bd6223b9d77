import type { ControllerRevision, PodTemplate, ReplicaSet } from '../api/objects.js'

/** One revision of a workload, stored in a ReplicaSet or a ControllerRevision. */
export interface Revision {
  readonly object: ReplicaSet | ControllerRevision
  readonly number: number
  readonly template: PodTemplate
  /** The value of the hash label of its pods. */
  readonly hash: string
  readonly createdAt: string
  /** Returns whether this revision has the same template. */
  makes(template: PodTemplate): boolean
}
