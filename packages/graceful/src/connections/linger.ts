import type { Socket } from 'node:net'
import type { Environment, Timer } from '../environment.js'
import { newestRequest } from './node-internals.js'

/** How long a connection that was closed by us may stay silent before it is destroyed, in ms. */
const SILENCE = 1_000
/** Closing thousands of connections in one turn would hold up the requests that are still being answered. */
const BATCH = 64

/**
 * Closes connections as RFC 9112 §9.6 asks: our side first, then reading on until the client closes too. A socket that is closed
 * with unread bytes sends a reset, and a reset can take away from the client the response that it has not read yet.
 */
export class Closer {
  readonly #environment: Environment
  readonly #waiting: { readonly socket: Socket; readonly stillIdle: () => boolean }[] = []
  readonly #closing = new WeakSet<Socket>()

  constructor(environment: Environment) {
    this.#environment = environment
  }

  /** The connection takes no further request: it has been told so, or its idle time is over. */
  isClosing(socket: Socket): boolean {
    return this.#closing.has(socket)
  }

  /** From here on nothing that arrives is executed; the socket closes after the response that says so. */
  lastResponse(socket: Socket): void {
    if (this.#closing.has(socket)) return
    this.#closing.add(socket)
    // What Node calls once the response that said `Connection: close` is written.
    socket.destroySoon = () => this.#finish(socket)
  }

  /** Closes an idle connection, a batch of them a turn; `stillIdle` is asked when its turn has come. */
  closeIdle(socket: Socket, stillIdle: () => boolean): void {
    this.#waiting.push({ socket, stillIdle })
    if (this.#waiting.length === 1) this.#environment.setImmediate(() => this.#closeBatch())
  }

  /** Closes a connection whose last bytes have been written by hand. */
  closeNow(socket: Socket): void {
    this.#closing.add(socket)
    this.#finish(socket)
  }

  #closeBatch(): void {
    for (const { socket, stillIdle } of this.#waiting.splice(0, BATCH)) {
      if (this.#closing.has(socket) || !stillIdle()) continue
      this.closeNow(socket)
    }
    if (this.#waiting.length > 0) this.#environment.setImmediate(() => this.#closeBatch())
  }

  #finish(socket: Socket): void {
    if (socket.destroyed) return
    socket.end()
    // A body that nobody reads would stop the reading, and with it the sight of the client's FIN.
    newestRequest(socket)?.resume()
    socket.resume()
    let read = -1
    let timer: Timer | undefined
    socket.once('close', () => this.#environment.clearTimeout(timer))
    const look = () => {
      if (socket.destroyed) return
      // What is still being written or read is not silence; the deadline bounds both.
      if (socket.writableFinished && socket.bytesRead === read) {
        socket.destroy()
        return
      }
      read = socket.bytesRead
      timer = this.#environment.setTimeout(look, SILENCE)
    }
    look()
  }
}
