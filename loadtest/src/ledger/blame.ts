import type { AttemptRow } from './attempt-table.js'
import { toEpoch } from '../base/clock.js'
import type { Execution } from './server-log.js'

/**
 * Whose fault it is that an answer did not come in time. `server`: by its own log its handler took longer than anybody waits.
 * `machine`: no log says so, and the machine that measures had no CPU to spare. `way`: the whole response was handed over in
 * time, on a machine that could have taken it. Undefined: nobody knows more than that it did not come.
 */
export type Blame = 'server' | 'machine' | 'way' | undefined

/** Clocks of two machines differ, and a log is written a little before or after what it tells of, in ms. */
const SPARE = 1_000

export function blameFor(
  { startedAt, endedAt }: Pick<AttemptRow, 'startedAt' | 'endedAt'>,
  execution: Execution | undefined,
  starved: boolean,
): Blame {
  const gaveUp = toEpoch(endedAt)
  const { startedAt: began, endedAt: over, end } = execution ?? {}
  // Both by the server's clock: how far it is from ours does not matter.
  if (began !== undefined && (over ?? gaveUp) - began >= endedAt - startedAt - SPARE) return 'server'
  if (starved) return 'machine'
  return end === 'finished' && over !== undefined && gaveUp - over >= SPARE ? 'way' : undefined
}
