import type { Manifests } from '../../../inputs/manifests/manifests.js'
import type { RolloutOutcome, TargetEvent } from '../../target.js'
import type { Propagation } from '../balancers/propagation.js'
import type { DeploymentController } from '../controller/deployment-controller.js'
import type { Nodes } from '../controller/nodes.js'

/** The two versions of the service, and the nodes they run on. */
export interface LocalVersions {
  /** The argv of one pod's process. `$(NAME)` stands for a variable of its environment, as in a manifest. */
  readonly command: readonly string[]
  /** The argv of pods of `toVersion`. Default: `command`. */
  readonly toCommand?: readonly string[]
  readonly fromVersion: string
  readonly toVersion: string
  /** The number of load balancers, each an entry to the service on a node of its own. Default: 3. */
  readonly balancers?: number
}

/** The template of the pods of one ReplicaSet. */
export interface PodTemplate {
  readonly version: string
  readonly command: readonly string[]
  readonly manifests: Manifests
}

/** The state of the Deployment before the load begins. */
export interface LocalPlan {
  /** The pods run this template when the action begins. */
  readonly present: PodTemplate
  /** The controller can switch to this template. */
  readonly other: PodTemplate
  /** Replaces the propagation delay of the target. */
  readonly propagation?: Propagation
  /** Describes the action for reports: `restart of v1.0.0`. */
  readonly change: string
}

/** The parts of the target that an action works on. */
export interface LocalContext {
  readonly controller: DeploymentController
  readonly nodes: Nodes
  readonly manifests: Manifests
  readonly emit: (event: TargetEvent) => void
}

/** An action on a Deployment of this machine. A scenario chooses one. */
export interface LocalAction {
  /**
   * Plans the action before a pod starts.
   *
   * @throws {UsageError} the action is impossible with this Deployment.
   */
  plan(versions: LocalVersions, manifests: Manifests): LocalPlan
  /** Performs the action and follows it to its end. Ends at once when the signal aborts. */
  perform(context: LocalContext, signal: AbortSignal): Promise<RolloutOutcome>
}
