import { setTimeout as sleep } from 'node:timers/promises'
import { now } from '../base/clock.js'
import type { LogCheck } from '../ledger/logs/log-check.js'

/** How long the lines of the last requests may take to arrive, in ms. On a cluster they come over the network. */
const PATIENCE = 5_000
/** How long to wait for the first line, in ms. Without one, nothing is known about the log. */
const SILENCE = 500

/**
 * Waits for a line of the log that records one of the requests before the load.
 *
 * @throws {UsageError} the pods print lines, but no such line
 */
export async function logMatches(check: LogCheck, signal: AbortSignal): Promise<void> {
  const begin = now()
  const mayCome = (): boolean => !check.matched && now() - begin < (check.begun ? PATIENCE : SILENCE)
  // oxlint-disable-next-line no-await-in-loop -- waits in turns
  while (mayCome() && !signal.aborted) await sleep(20)
  const error = signal.aborted ? undefined : check.error()
  if (error) throw error
}
