import type { Server, Socket } from 'node:net'
import type { Runtime, Timer } from '../../process/runtime.js'
import type { Closer } from './closer.js'
import { toldIdleTime } from '../node/internals.js'

/** How long a connection on which nothing was ever asked may still ask once the listener is closed, in ms. */
const SILENT = 2_000
/** Where the server told its clients no idle time (`keepAliveTimeout` 0), in ms. */
const UNTOLD = 5_000
/** What a connection is given beyond the idle time that its client was told: a request may be on its way at the very end of it. */
const MARGIN = 1_000

/**
 * How long idle HTTP/1.1 connections linger in the drain. Closing one at once would be closing it under a request that is on its
 * way; so it stays for the idle time that its client was told of (`Keep-Alive: timeout`), counted from its last response: Node's
 * own timer runs since then. One whose last response came before Node's timer was looked at is bounded from the drain's start.
 */
export class IdleLinger {
  readonly #server: Server
  readonly #runtime: Runtime
  readonly #closer: Closer
  readonly #isIdle: (socket: Socket) => boolean
  readonly #timers = new WeakMap<Socket, Timer>()
  readonly #extended = new WeakSet<Socket>()

  constructor(server: Server, runtime: Runtime, closer: Closer, isIdle: (socket: Socket) => boolean) {
    this.#server = server
    this.#runtime = runtime
    this.#closer = closer
    this.#isIdle = isIdle
  }

  /** Gives a connection its last time, from now on. `silent`: nothing was ever asked on it. */
  linger(socket: Socket, silent: boolean): void {
    if (socket.destroyed || this.#closer.isClosing(socket)) return
    const told = toldIdleTime(this.#server)
    const time = silent ? SILENT : told > 0 ? told + MARGIN : UNTOLD
    if (this.#timers.has(socket)) this.forget(socket)
    else socket.once('close', () => this.forget(socket))
    this.#timers.set(
      socket,
      this.#runtime.setTimeout(() => this.close(socket), time),
    )
  }

  /** What becomes of this socket is no longer for the linger to say: it has closed, or its TLS socket stands for it. */
  forget(socket: Socket): void {
    this.#runtime.clearTimeout(this.#timers.get(socket))
  }

  /** Node's timer of an idle connection has run out. */
  timedOut(socket: Socket): void {
    if (!this.#extended.has(socket) && (socket.timeout ?? 0) <= toldIdleTime(this.#server)) {
      // Some versions of Node close at the very moment that the client was told; others add a second themselves.
      this.#extended.add(socket)
      socket.setTimeout(MARGIN)
    } else this.close(socket)
  }

  /** Closes a connection, if it is still idle when its turn comes. */
  close(socket: Socket): void {
    this.#closer.inTurn(() => {
      if (!this.#closer.isClosing(socket) && this.#isIdle(socket)) this.#closer.closeNow(socket)
    })
  }
}
