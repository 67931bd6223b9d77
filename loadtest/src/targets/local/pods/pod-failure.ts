import { lastLines } from '../../output.js'
import type { ProcessExit } from './processes/process.js'

export interface PodFailure {
  readonly name: string
  /** How often the process of the pod has ended although the pod was not deleted. */
  readonly exits: number
  readonly lastExit: ProcessExit | undefined
  readonly readinessFailure: string | undefined
  /** The last lines that the pod printed. */
  readonly lines: readonly string[]
}

/** Describes why a pod does not become ready, with the last lines of its output. */
export function describeFailure({ name, exits, lastExit, readinessFailure, lines }: PodFailure): string {
  const state =
    exits > 0 && lastExit !== undefined
      ? `ended ${exits === 1 ? 'once' : `${exits} times`} (${lastExit.description})`
      : `is not ready${readinessFailure === undefined ? '' : ` (${readinessFailure})`}`
  const output = lines.length === 0 ? 'it printed nothing' : `its last output: ${lastLines(lines)}`
  return `pod ${name} ${state}; ${output}`
}
