import type { Random } from '../../../base/random.js'
import type { Manifests } from '../../../inputs/manifests/manifests.js'
import type { Node } from '../node.js'
import type { TargetEvent } from '../../target.js'

export interface PodOptions {
  readonly manifests: Manifests
  readonly name: string
  readonly version: string
  readonly node: Node
  /** The argv of the process. `$(NAME)` stands for a variable of its environment. */
  readonly command: readonly string[]
  /** Overrides variables of the manifest. */
  readonly environment: Readonly<Record<string, string>>
  /** The working directory of the process. Default: that of this process. */
  readonly cwd: string | undefined
  /** Determines the delays of the kubelet. */
  readonly random: Random
  readonly emit: (event: TargetEvent) => void
  readonly onLine: (pod: string, line: string) => void
  /** Called after each change that a controller must see. */
  readonly onChange: () => void
}
