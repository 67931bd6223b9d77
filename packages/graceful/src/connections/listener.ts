import { Server, type Socket } from 'node:net'
import type { Environment } from '../environment.js'
import { cutBacklog, holdReading } from './node-internals.js'
import type { Tracker } from './tracker.js'

const close = (server: Server): unknown => Server.prototype.close.call(server)

/** A turn that took longer had other work in it, or the process was not running: then much can have come since it looked, in ms. */
const SHORT_TURN = 0.1
/** Turns in which the backlog may be found empty of itself. */
const PATIENCE = 100
/** Turns after which the listener closes in any case. */
const MOST_TURNS = 1_000

/**
 * Closes the listener and nothing else, at a moment when its backlog is empty, so that whoever was let in is served and whoever
 * comes later is refused, never accepted and reset.
 *
 * Closing a listening socket resets what the kernel has completed and the process has not yet accepted. A short turn of the event
 * loop in which nothing was accepted has just found the backlog empty; closing right after it leaves only the microseconds in
 * between. `http.Server.close` is no use here: before it closes the listener it goes through the idle connections (and ends them
 * under requests that are on their way), while the backlog fills.
 *
 * A turn accepts one connection. Until the listener is closed nothing is read of those that are accepted meanwhile: so their
 * requests do not make the turns long in which the rest is accepted, and whoever waits for an answer before asking again waits.
 *
 * Under a flood that the process cannot keep up with no such turn comes. Then the backlog is cut to the shortest there is: the
 * kernel leaves newcomers without an answer, which their own kernels ask for again, and get refused; the rest is accepted.
 */
export async function closeListener(server: Server, tracker: Tracker, environment: Environment): Promise<void> {
  // Once for nothing: the first call of a function compiles it, which takes longer than all the rest of that moment.
  close(new Server())
  const held: (() => void)[] = []
  const hold = (socket: Socket) => void held.push(holdReading(socket))
  server.on('connection', hold)
  await new Promise<void>((resolve) => {
    let turn = 0
    let accepted = -1
    let started = 0
    const look = () => {
      const quiet = tracker.accepted === accepted && environment.now() - started < SHORT_TURN
      if (quiet || turn > MOST_TURNS) {
        if (server.listening) close(server)
        resolve()
        return
      }
      if (turn++ === PATIENCE) cutBacklog(server)
      accepted = tracker.accepted
      started = environment.now()
      environment.setImmediate(look)
    }
    environment.setImmediate(look)
  })
  server.off('connection', hold)
  for (const release of held) release()
}
