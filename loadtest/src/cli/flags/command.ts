import type { ExitStatus } from '../../base/exit-status.js'
import type { AnyGroup } from './flag.js'
import type { HelpText } from './help.js'
import type { CommandLine } from './parse.js'

/** One command of `zero-drop`. `V` is the type of the values of its flags. */
export interface CommandDefinition<V> {
  readonly name: string
  /** One line for the list of commands. */
  readonly summary: string
  readonly help: HelpText
  readonly flags: readonly AnyGroup[]
  /** Left out of the list of commands: no person runs it. */
  readonly hidden?: true
  /** @throws {UsageError | HarnessError} */
  run(line: CommandLine<V>): Promise<ExitStatus>
}
