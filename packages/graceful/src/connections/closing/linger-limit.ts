import type { Socket } from 'node:net'
import type { Runtime, Timer } from '../../process/runtime.js'
import type { Activity } from '../activity.js'
import type { OpenSockets } from '../node/open-sockets.js'
import type { Closer } from './closer.js'

/**
 * Time after which the library destroys a connection on which nothing is owed, in ms. A client without progress for this time no longer
 * reads its response. It is the default of nginx's `lingering_timeout`.
 */
const LIMIT = 5_000
/** Time that a client has in the drain for the rest of a request's head, in ms. */
const HEAD_LIMIT = 10_000
/** Time between two looks at the connections, in ms. */
const INTERVAL = 500

/**
 * Why a connection will be destroyed. `settled`: nothing is owed. `stalled`: the response is ended, but the kernel has not taken all
 * of it. `head`: the head of a request is incomplete.
 */
type Reason = 'settled' | 'stalled' | 'head'

interface Overdue {
  readonly reason: Reason
  /** Time of the runtime's clock at which the client has made its last progress. */
  readonly since: number
  /** Bytes of output that the client has read, and the number at which it has read its response. */
  readonly read: number
  readonly goal: number
}

export interface LimitEvents {
  /** A client has not read its response for {@link LIMIT} ms. Its connection is about to be destroyed. */
  onStalled(socket: Socket): void
  /** A client has not completed the head of a request in {@link HEAD_LIMIT} ms. */
  onLateHead(socket: Socket): void
}

/**
 * Ends every lingering after a fixed time, whatever the client sends: bytes after a 408, an upload after its response, frames after
 * GOAWAY. The closer waits for a client's silence, and a client that never falls silent would hold the shutdown to the deadline.
 *
 * A look at all connections twice per second covers every protocol and state. A client that still reads its response has more time:
 * the limit starts again whenever the client has read more of it.
 */
export class LingerLimit {
  readonly #runtime: Runtime
  readonly #sockets: OpenSockets
  readonly #activity: Activity
  readonly #closer: Closer
  readonly #events: LimitEvents
  #overdue = new Map<Socket, Overdue>()
  #shortLimit = LIMIT
  #timer: Timer | undefined
  #endTimer: Timer | undefined

  constructor(runtime: Runtime, sockets: OpenSockets, activity: Activity, closer: Closer, events: LimitEvents) {
    this.#runtime = runtime
    this.#sockets = sockets
    this.#activity = activity
    this.#closer = closer
    this.#events = events
  }

  /**
   * Starts to look at the connections.
   *
   * @param remaining time left in the budget, in ms. Where nothing is owed, the limit is at most a quarter of it.
   */
  start(remaining: number): void {
    this.#shortLimit = Math.min(LIMIT, remaining / 4)
    this.#lookLater()
  }

  /** Returns whether the client still reads a response whose last byte the kernel has taken. */
  isReading(socket: Socket): boolean {
    const overdue = this.#overdue.get(socket)
    return overdue !== undefined && overdue.read < overdue.goal
  }

  /**
   * Returns whether a client does not read a response that is ended. At the end of the drain, when the connection closes in any case,
   * the short limit decides.
   */
  hasStalled(socket: Socket): boolean {
    const overdue = this.#overdue.get(socket)
    return overdue?.reason === 'stalled' && this.#runtime.now() - overdue.since >= this.#shortLimit
  }

  /**
   * Ends the lingering near the end of the budget.
   *
   * @param silence time in which clients can close their side, in ms. After it the connections on which nothing is owed are destroyed.
   */
  end(silence: number): void {
    this.#endTimer = this.#runtime.setTimeout(() => {
      for (const socket of this.#sockets.open) if (this.#activity.debt(socket) === 'nothing') socket.destroy()
    }, silence)
  }

  stop(): void {
    this.#runtime.clearTimeout(this.#timer)
    this.#runtime.clearTimeout(this.#endTimer)
    this.#overdue.clear()
  }

  #lookLater(): void {
    this.#timer = this.#runtime.setTimeout(() => {
      this.#look()
      this.#lookLater()
    }, INTERVAL)
  }

  #look(): void {
    const now = this.#runtime.now()
    const before = this.#overdue
    this.#overdue = new Map()
    for (const socket of this.#sockets.open) {
      const reason = this.#reason(socket)
      if (reason === undefined) continue
      const overdue = this.#overdueFor(socket, reason, before.get(socket), now)
      this.#overdue.set(socket, overdue)
      const limit = reason === 'head' ? HEAD_LIMIT : overdue.read < overdue.goal ? LIMIT : this.#shortLimit
      if (now - overdue.since >= limit) this.#end(socket, reason)
    }
  }

  #reason(socket: Socket): Reason | undefined {
    const debt = this.#activity.debt(socket)
    if (debt === 'output') return 'stalled'
    if (debt === 'response') return undefined
    if (this.#closer.isClosing(socket)) return 'settled'
    if (this.#activity.isReceivingHead(socket)) return 'head'
    // A client can still send a request on an idle connection: see IdleLinger.
    return this.#activity.isIdle(socket) ? undefined : 'settled'
  }

  #overdueFor(socket: Socket, reason: Reason, before: Overdue | undefined, now: number): Overdue {
    const known = before?.reason === reason ? before : undefined
    if (reason === 'head') return known ?? { reason, since: now, read: 0, goal: 0 }
    // Output that a client demands after its last response, such as an acknowledgement, is no progress.
    const goal = known?.goal ?? (reason === 'stalled' ? Number.POSITIVE_INFINITY : this.#activity.bytesSent(socket))
    const read = Math.min(goal, this.#activity.bytesRead(socket))
    return known !== undefined && read <= known.read ? known : { reason, since: now, read, goal }
  }

  #end(socket: Socket, reason: Reason): void {
    if (reason === 'head') {
      this.#events.onLateHead(socket)
      return
    }
    if (reason === 'stalled') this.#events.onStalled(socket)
    socket.destroy()
  }
}
