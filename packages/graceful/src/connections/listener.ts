import { Server } from 'node:net'
import type { Environment } from '../environment.js'
import type { Tracker } from './tracker.js'

/** Under a flood of connections a turn without one may never come: then the listener closes all the same. */
const MOST_TURNS = 1_000

/**
 * Closes the listener and nothing else, at a moment when its backlog is empty, so that whoever was let in is served and whoever
 * comes later is refused, never accepted and reset.
 *
 * Closing a listening socket resets what the kernel has completed and the process has not yet accepted. A turn of the event loop
 * in which nothing was accepted has just found the backlog empty; closing right after it leaves only the microseconds in between.
 * `http.Server.close` is no use here: before it closes the listener it goes through the idle connections (and ends them under
 * requests that are on their way), while the backlog fills.
 */
export async function closeListener(server: Server, tracker: Tracker, environment: Environment): Promise<void> {
  const nextTurn = () => new Promise<void>((resolve) => environment.setImmediate(resolve))
  for (let turn = 0; turn < MOST_TURNS; turn++) {
    const before = tracker.accepted
    // oxlint-disable-next-line no-await-in-loop -- each turn looks at the backlog again
    await nextTurn()
    if (tracker.accepted === before) break
  }
  if (server.listening) Server.prototype.close.call(server)
}
