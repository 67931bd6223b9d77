import { measured, type Contender } from '../contenders/contenders.ts'
import type { Effort } from './section.ts'
import type { Ending } from './server.ts'

/** How one contender did in a drain. */
export interface Drained<Outcome> {
  readonly name: string
  readonly outcome: Outcome
}

/** Runs one drain with each contender, one after the other, and logs a summary of each. */
export async function drainEach<Outcome extends { readonly ending: Ending }>(
  drain: (contender: Contender) => Promise<Outcome>,
  summary: (outcome: Outcome) => string,
  log: Effort['log'],
): Promise<Drained<Outcome>[]> {
  const all: Drained<Outcome>[] = []
  for (const contender of measured) {
    const outcome = await drain(contender)
    all.push({ name: contender.name, outcome })
    log(`${contender.name}: ${summary(outcome)}, ${Math.round(outcome.ending.ms)} ms`)
  }
  return all
}

/** The last columns of each drain's table. */
export const endingHead = ['drain start to exit, s', 'exit code', 'longest event loop block, ms'] as const

export const endingCells = ({ ms, killed, code, longestBlock }: Ending): string[] => [
  (ms / 1_000).toFixed(1),
  killed ? 'killed' : String(code),
  longestBlock?.toFixed(0) ?? '–',
]
