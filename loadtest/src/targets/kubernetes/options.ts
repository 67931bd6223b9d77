import type { Access } from '../../base/wire/access.js'
import type { Operation } from './actions/operation.js'
import type { KubeconfigOptions } from './api/kubeconfig.js'
import type { Baseline } from './restore/baseline.js'
import type { TwinDifference } from './twin/twin-plan.js'
import type { WorkloadName } from './workload/kinds.js'

/** The options of a target in a cluster. */
export interface KubernetesTargetOptions extends KubeconfigOptions {
  readonly namespace: string
  readonly workload: WorkloadName
  /** The container whose image is the version. Required only if the pods have several. */
  readonly container?: string
  /** The operation that `rollout` performs. */
  readonly operation: Operation
  /** The new image, if the operation needs one. */
  readonly image?: string
  /** The values of the flags that belong to the operation, by flag name. */
  readonly values?: Readonly<Record<string, number>>
  /** The base URLs that the load goes to. */
  readonly urls: readonly string[]
  /** The headers of the user, and TLS. */
  readonly access?: Access
  /** Whether this machine reaches the URLs. Default: true. */
  readonly reachedFromHere?: boolean
  /** How long the rollout may take. */
  readonly timeoutMs: number
  /** Rolls a copy of the workload that differs in this, and removes it afterwards. The workload itself stays as it is. */
  readonly twin?: TwinDifference
  /** Shared by the targets of several rollouts of one workload, so that all of them restore the same state. */
  readonly baseline?: Baseline
  /** Receives each line that a pod prints, from the start of the run or of the pod to its last line. */
  readonly onPodOutput?: (pod: string, line: string) => void
}
