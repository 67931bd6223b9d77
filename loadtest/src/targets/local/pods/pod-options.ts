import type { Random } from '../../../base/random.js'
import type { Manifests } from '../../../inputs/manifests/manifests.js'
import type { TargetEvent } from '../../target.js'

export interface PodOptions {
  readonly manifests: Manifests
  readonly name: string
  readonly version: string
  /** The name of its node. */
  readonly node: string
  /** The argv of its process; `$(NAME)` stands for a variable of its environment. */
  readonly command: readonly string[]
  /** Over the manifest's variables. */
  readonly environment: Readonly<Record<string, string>>
  /** Where its process runs; undefined: where this one does. */
  readonly cwd: string | undefined
  /** When its node notices what happens in it. */
  readonly random: Random
  readonly emit: (event: TargetEvent) => void
  readonly onLine: (pod: string, line: string) => void
  /** Something changed that the controllers look at. */
  readonly onChange: () => void
}
