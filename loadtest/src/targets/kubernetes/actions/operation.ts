import type { Right } from '../api/grant.js'
import type { Baseline } from '../restore/baseline.js'
import type { Kind, WorkloadName } from '../workload/kinds.js'
import type { Snapshot } from '../workload/snapshot.js'
import type { Action } from './action.js'

/** The user's input for an operation. */
export interface OperationRequest {
  /** The new image, if the operation needs one. */
  readonly image?: string | undefined
  /** The values of the flags of the scenario, by flag name. */
  readonly values: Readonly<Record<string, number>>
}

/** A run that its user ended before the target was restored. */
export interface AbandonedRun {
  readonly namespace: string
  readonly workload: WorkloadName
  /** The number of rollouts that the run was to make. */
  readonly rounds: number
}

/** The effect of a scenario on a workload of a cluster, the rights it needs, and how a person undoes it. */
export interface Operation {
  /** The rights beside those for following a rollout. A run checks all of them before it changes anything. */
  rights(kind: Kind): readonly Right[]
  /**
   * Plans the action for one workload before anything is changed.
   *
   * @param baseline records changes of the pod template, and restores the workload.
   * @throws {UsageError} the operation is impossible for this workload.
   */
  plan(snapshot: Snapshot, request: OperationRequest, baseline: Baseline): Action
  /** Ends the sentence that a second Ctrl-C prints: how to restore the workload with kubectl. */
  undoByHand(run: AbandonedRun): string
  /** Whether the user must name a new image. */
  readonly needsImage?: boolean
  /** From which version to which it rolls; undefined if it keeps the version. A twin with two images follows it. */
  readonly direction?: 'forward' | 'back'
}
