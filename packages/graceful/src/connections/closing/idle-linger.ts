import type { Server, Socket } from 'node:net'
import type { Runtime, Timer } from '../../process/runtime.js'
import type { Closer } from './closer.js'
import { isHttp, promisedIdleTime } from '../node/internals.js'

/** Linger time of a connection on which no request was ever sent, in ms. */
const UNUSED = 2_000
/** Linger time if the server promises no idle time (`keepAliveTimeout` 0), and of a connection in its TLS handshake, in ms. */
const UNPROMISED = 5_000
/** Added to the promised idle time, because a request can be on its way when that time ends. In ms. */
const MARGIN = 1_000

/**
 * Decides how long idle HTTP/1.1 connections linger in the drain. A request can be on its way on an idle connection. So the library
 * keeps the connection for the idle time that the server has promised to its client (`Keep-Alive: timeout`). Node's own timer
 * measures that time from the last response. The library adds a limit from the start of the drain.
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

  /** Starts the linger time of a connection. `unused`: no request was ever sent on it. */
  start(socket: Socket, unused: boolean): void {
    if (socket.destroyed || this.#closer.isClosing(socket)) return
    const promised = promisedIdleTime(this.#server)
    const time = unused ? UNUSED : promised > 0 && isHttp(socket) ? promised + MARGIN : UNPROMISED
    if (this.#timers.has(socket)) this.cancel(socket)
    else socket.once('close', () => this.cancel(socket))
    this.#timers.set(
      socket,
      this.#runtime.setTimeout(() => this.close(socket), time),
    )
  }

  /** Cancels the linger time of a socket that has closed, or that a TLS socket has replaced. */
  cancel(socket: Socket): void {
    this.#runtime.clearTimeout(this.#timers.get(socket))
  }

  /** Handles the end of Node's idle timer: extends it once by {@link MARGIN}, then closes the connection. */
  onNodeTimeout(socket: Socket): void {
    if (!this.#extended.has(socket) && (socket.timeout ?? 0) <= promisedIdleTime(this.#server)) {
      // Some versions of Node use exactly the promised time, others add a second.
      this.#extended.add(socket)
      socket.setTimeout(MARGIN)
    } else this.close(socket)
  }

  /** Closes a connection if it is still idle when its batch runs. */
  close(socket: Socket): void {
    this.#closer.enqueue(() => {
      if (!this.#closer.isClosing(socket) && this.#isIdle(socket)) this.#closer.close(socket)
    })
  }
}
