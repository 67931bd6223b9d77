import type { Manifests } from '../../inputs/manifests/manifests.js'
import type { ChosenScenario } from '../../scenarios/scenario.js'
import type { RefusedConnection } from './balancers/balancer.js'
import type { Propagation } from './balancers/propagation.js'

/** What a local target is made of. */
export interface LocalTargetOptions {
  /** The Deployment and its Service; or where they are: the folder of a kustomize base, or one YAML file. */
  readonly manifests: Manifests | string
  /** Needed only where the manifests have several Deployments. */
  readonly deployment?: string
  /** The argv of one pod's process. `$(NAME)` stands for a variable of its environment, as in a manifest. */
  readonly command: readonly string[]
  /** The argv of pods of `toVersion`, where it is another one. */
  readonly toCommand?: readonly string[]
  /** Where the processes run. Default: where this one does. */
  readonly cwd?: string
  /** Over the variables of the manifest. A value that equals a containerPort becomes the pod's own port. */
  readonly env?: Readonly<Record<string, string>>
  readonly fromVersion: string
  readonly toVersion: string
  /** How many load balancers there are, each an entry of its own. Default 3. */
  readonly balancers?: number
  /** Pod names, choice of endpoints and propagation delays follow from it. */
  readonly seed: number
  /** Default: as measured for kube-proxy in a cluster of 100 nodes. */
  readonly propagation?: Propagation
  /** `undo` starts at `toVersion` and goes back to `fromVersion`; those that roll to no other version stay at `fromVersion`. */
  readonly scenario: ChosenScenario
  /** Every line that a pod writes to stdout or stderr. */
  readonly onPodOutput?: (pod: string, line: string) => void
  /** Every connection that a balancer had to reset because no pod took it; on a cluster a refusal. */
  readonly onRefused?: (connection: RefusedConnection) => void
  /** A file `<pod>.log` for each pod comes here. */
  readonly logDirectory?: string
}
