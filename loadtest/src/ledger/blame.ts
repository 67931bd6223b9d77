import type { AttemptRow } from './attempt-table.js'
import { toEpoch } from '../base/clock.js'
import type { Execution } from './logs/server-log.js'

/**
 * The party to blame for a timeout. `server`: by its log, the handler took longer than the limit. `machine`: no log says so, and the
 * measuring machine had no CPU to spare. `network`: the server sent the whole response in time, and this machine could have read
 * it. Undefined: unknown.
 */
export type Blame = 'server' | 'machine' | 'network' | undefined

/** Clocks of two machines differ, and a log line is written a little before or after its event, in ms. */
const SPARE = 1_000

/** Decides who is to blame for an attempt that got no response in time. */
export function blameFor(
  { startedAt, endedAt }: Pick<AttemptRow, 'startedAt' | 'endedAt'>,
  execution: Execution | undefined,
  starved: boolean,
): Blame {
  const gaveUp = toEpoch(endedAt)
  const { startedAt: began, endedAt: over, end } = execution ?? {}
  // Both times are by the server's clock, so its offset does not matter.
  if (began !== undefined && (over ?? gaveUp) - began >= endedAt - startedAt - SPARE) return 'server'
  if (starved) return 'machine'
  return end === 'finished' && over !== undefined && gaveUp - over >= SPARE ? 'network' : undefined
}
