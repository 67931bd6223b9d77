import { createRandom } from '../../../base/random.js'
import type { Manifests } from '../../../inputs/manifests/manifests.js'
import type { Node } from '../node.js'
import { Pod } from '../pods/pod.js'
import type { PodOptions } from '../pods/pod-options.js'
import { generateName } from './pod-names.js'
import { ReplicaSet } from './replica-set.js'

export interface ReplicaSetOptions extends Pick<PodOptions, 'cwd' | 'environment' | 'emit' | 'onLine' | 'onChange'> {
  readonly template: { readonly version: string; readonly command: readonly string[]; readonly manifests: Manifests }
  /** The hash of the template, a part of each pod's name. */
  readonly hash: string
  readonly seed: number
  /** Chooses the node of a new pod. */
  readonly place: () => Node
}

/** Creates a ReplicaSet whose pods run one template. */
export function createReplicaSet({ template, hash, seed, place, ...own }: ReplicaSetOptions): ReplicaSet {
  const { version, command, manifests } = template
  const suffixes = createRandom(seed, 'pods', hash)
  let count = 0
  const create = (): Pod => {
    const name = `${manifests.deployment.name}-${hash}-${generateName(suffixes, 5)}`
    const random = createRandom(seed, 'kubelet', hash, String(count++))
    return new Pod({ ...own, manifests, name, version, node: place(), command, random })
  }
  return new ReplicaSet(version, create)
}
