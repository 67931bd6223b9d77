import { Server, type Socket } from 'node:net'
import type { Runtime } from '../../process/runtime.js'
import { hasSharedListener, pauseReading, reduceBacklog } from '../node/internals.js'
import type { OpenSockets } from '../node/open-sockets.js'

const close = (server: Server): unknown => Server.prototype.close.call(server)

/** A longer turn contained other work, or the process was not running, and connections can have arrived since. In ms. */
const SHORT_TURN = 0.1
/** Turns, or time without an empty backlog in ms, after which the library reduces the backlog. */
const REDUCE_AFTER = { turns: 100, ms: 50 }
/** Time after which a long turn is sufficient if it accepted no connection, in ms. */
const SHORT_TURNS_ONLY = 500
/** Turns, or time in ms, after which the listener closes in any case. */
const CLOSE_AFTER = { turns: 1_000, ms: 2_000 }

/**
 * Closes the listener, and only the listener, while its backlog is empty. The service serves every connection that the kernel has
 * accepted, and the kernel refuses later ones.
 *
 * The kernel resets the connections in the backlog when the listening socket closes. A short turn of the event loop without a new
 * connection has just found the backlog empty. A close right after it leaves a window of a few microseconds. `http.Server.close`
 * is unsuitable: it first closes the idle connections, even if a request is on its way on one, and meanwhile the backlog fills.
 *
 * One turn accepts one connection. Until the listener is closed, the library reads nothing from new connections. Their requests
 * therefore cannot prolong the turns, and a client that waits for a response sends no further request.
 *
 * If connections arrive faster than the process accepts them, no turn finds the backlog empty. The library then reduces the backlog
 * to the minimum. The kernel leaves further SYNs unanswered, the clients' kernels repeat them, and those are refused.
 *
 * A process that computes in long slices has no short turn. After half a second the listener closes in the first turn that accepted
 * no connection; a connection that arrives during that turn can be reset. After two seconds it closes in any case: such a process
 * could not serve the connections that are still in the backlog.
 *
 * If other processes listen on the same socket, the backlog is theirs, too: they accept what this process leaves in it. The library then
 * closes the listener in the first empty turn or when it would otherwise reduce the backlog, and never reduces it.
 *
 * @param limit time left in the budget, in ms
 */
export async function closeListener(
  server: Server,
  sockets: OpenSockets,
  runtime: Runtime,
  limit: number,
): Promise<void> {
  // The first call of a function compiles it, which would take longer than the rest of the critical moment.
  close(new Server())
  const paused: (() => void)[] = []
  const pause = (socket: Socket) => void paused.push(pauseReading(socket))
  server.on('connection', pause)
  await closeWhenQuiet(
    {
      shared: hasSharedListener(server),
      accepted: () => sockets.accepted,
      reduceBacklog: () => reduceBacklog(server),
      close() {
        if (server.listening) close(server)
      },
    },
    runtime,
    limit,
  )
  server.off('connection', pause)
  for (const resume of paused) resume()
}

/** A listening socket. */
export interface ListeningSocket {
  /** Whether other processes accept from it, too. Default false. */
  readonly shared?: boolean
  /** Returns how many connections it has accepted. */
  accepted(): number
  reduceBacklog(): void
  close(): void
}

/** Closes a listening socket while its backlog is empty, as described at {@link closeListener}. */
export async function closeWhenQuiet(listening: ListeningSocket, runtime: Runtime, limit: number): Promise<void> {
  await new Promise<void>((resolve) => {
    const shared = listening.shared ?? false
    const start = runtime.now()
    let turn = 0
    let accepted = -1
    let checkedAt = start
    let lastEmpty = start
    let reduced = false
    const check = () => {
      const now = runtime.now()
      const empty = listening.accepted() === accepted
      const isLong = now - checkedAt >= SHORT_TURN
      if (empty) lastEmpty = now
      const isFull = turn >= REDUCE_AFTER.turns || now - lastEmpty >= REDUCE_AFTER.ms
      const isOver = turn > CLOSE_AFTER.turns || now - start >= Math.min(CLOSE_AFTER.ms, limit) || (shared && isFull)
      if ((empty && (!isLong || shared || now - start >= SHORT_TURNS_ONLY)) || isOver) {
        listening.close()
        resolve()
        return
      }
      if (!reduced && isFull) {
        reduced = true
        listening.reduceBacklog()
      }
      turn += 1
      accepted = listening.accepted()
      checkedAt = runtime.now()
      runtime.setImmediate(check)
    }
    runtime.setImmediate(check)
  })
}
