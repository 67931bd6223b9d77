import { Server, type Socket } from 'node:net'
import type { Runtime } from '../../process/runtime.js'
import { cutBacklog, holdReading } from '../node/internals.js'
import type { OpenSockets } from '../node/open-sockets.js'

const close = (server: Server): unknown => Server.prototype.close.call(server)

/** A turn that took longer had other work in it, or the process was not running: then much can have come since it looked, in ms. */
const SHORT_TURN = 0.1
/** Turns in which the backlog may be found empty of itself; or so long without a turn that found it empty, in ms. */
const PATIENCE = { turns: 100, ms: 50 }
/** So long after the start a long turn will do, if nothing was accepted in it, in ms. */
const SHORT_TURNS_ONLY = 500
/** Turns, or ms, after which the listener closes in any case. */
const AT_MOST = { turns: 1_000, ms: 2_000 }

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
 *
 * A process that computes in slices has no short turn, and a thousand of its turns can take longer than the budget. After half a
 * second it closes the listener in the first turn in which nothing was accepted: who comes in the course of that very turn may be
 * reset. After two seconds it closes it in any case: what is in the backlog still is more than such a process could serve. `limit`:
 * what is left of the budget, in ms.
 */
export async function closeListener(
  server: Server,
  tracker: OpenSockets,
  runtime: Runtime,
  limit: number,
): Promise<void> {
  // Once for nothing: the first call of a function compiles it, which takes longer than all the rest of that moment.
  close(new Server())
  const held: (() => void)[] = []
  const hold = (socket: Socket) => void held.push(holdReading(socket))
  server.on('connection', hold)
  await new Promise<void>((resolve) => {
    const start = runtime.now()
    let turn = 0
    let accepted = -1
    let looked = start
    let foundEmpty = start
    let cut = false
    const look = () => {
      const now = runtime.now()
      const empty = tracker.accepted === accepted
      const isLong = now - looked >= SHORT_TURN
      const isOver = turn > AT_MOST.turns || now - start >= Math.min(AT_MOST.ms, limit)
      if ((empty && (!isLong || now - start >= SHORT_TURNS_ONLY)) || isOver) {
        if (server.listening) close(server)
        resolve()
        return
      }
      if (empty) foundEmpty = now
      if (!cut && (turn >= PATIENCE.turns || now - foundEmpty >= PATIENCE.ms)) {
        cut = true
        cutBacklog(server)
      }
      turn += 1
      accepted = tracker.accepted
      looked = runtime.now()
      runtime.setImmediate(look)
    }
    runtime.setImmediate(look)
  })
  server.off('connection', hold)
  for (const release of held) release()
}
