import type { Access } from '../../base/wire/access.js'
import type { Manifests } from '../../inputs/manifests/manifests.js'
import type { LocalAction, LocalVersions } from './actions/action.js'
import type { RefusedConnection, RoutedConnection } from '../target.js'
import type { Propagation } from './balancers/propagation.js'

/** The options of a local target. */
export interface LocalTargetOptions extends LocalVersions {
  /** The Deployment and its Service, or the path to them: a folder with a kustomization, or one YAML file. */
  readonly manifests: Manifests | string
  /** Required only if the manifests have several Deployments. */
  readonly deployment?: string
  /** The working directory of the processes. Default: that of this process. */
  readonly cwd?: string
  /** Overrides variables of the manifest. A value that equals a containerPort becomes the pod's own port. */
  readonly env?: Readonly<Record<string, string>>
  /** Whether the pods speak HTTPS. Default: they do if their readiness probe does. */
  readonly https?: boolean | undefined
  /** The headers of the user, and TLS. */
  readonly access?: Access
  /** Determines pod names, the choice of endpoints and propagation delays. */
  readonly seed: number
  /** Default: the delays measured for kube-proxy in a cluster of 100 nodes. */
  readonly propagation?: Propagation
  /** The action that `rollout` performs. */
  readonly action: LocalAction
  /** Receives every line that a pod writes to stdout or stderr. */
  readonly onPodOutput?: (pod: string, line: string) => void
  /** Receives every connection that a balancer reset because no pod accepted it. In a cluster it would be refused. */
  readonly onRefused?: (connection: RefusedConnection) => void
  /** Receives every connection that a balancer sends to a pod, before the balancer connects to it. */
  readonly onRouted?: (connection: RoutedConnection) => void
  /** A folder for one file per pod, `<pod>.log`. */
  readonly logDirectory?: string
}
