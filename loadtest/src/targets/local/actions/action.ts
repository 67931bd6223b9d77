import type { Manifests } from '../../../inputs/manifests/manifests.js'
import type { RolloutOutcome, TargetEvent } from '../../target.js'
import type { DeploymentController } from '../controller/deployment-controller.js'
import type { Nodes } from '../controller/nodes.js'
import type { LocalTargetOptions } from '../options.js'
import type { Propagation } from '../balancers/propagation.js'

/** What the pods of one ReplicaSet are made from. */
export interface PodTemplate {
  readonly version: string
  readonly command: readonly string[]
  readonly manifests: Manifests
}

/** What there is before the load begins. */
export interface Setting {
  /** The pods run this when the scenario begins. */
  readonly present: PodTemplate
  /** The controller can be switched to this. */
  readonly other: PodTemplate
  /** Instead of what the target was told. */
  readonly propagation?: Propagation
  /** For people: what is going to happen, `restart of v1.0.0`. */
  readonly change: string
}

/** What a scenario acts on. */
export interface Stage {
  readonly controller: DeploymentController
  readonly nodes: Nodes
  readonly manifests: Manifests
  /** The values of the scenario's flags. */
  readonly values: Readonly<Record<string, number>>
  readonly emit: (event: TargetEvent) => void
}

/** A scenario as this machine plays it. */
export interface LocalScenario {
  /** @throws {UsageError} what was asked for makes no sense with this Deployment. */
  set(options: LocalTargetOptions, manifests: Manifests): Setting
  /** Runs it to its end; at once when the signal aborts. */
  play(stage: Stage, signal: AbortSignal): Promise<RolloutOutcome>
}
