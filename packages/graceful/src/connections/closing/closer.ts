import type { Socket } from 'node:net'
import type { Runtime, Timer } from '../../process/runtime.js'
import { newestRequest } from '../node/internals.js'

/** How long a connection that was closed by us may stay silent before it is destroyed, in ms. */
const SILENCE = 1_000
/** Closing thousands of connections in one turn would hold up the requests that are still being answered. */
const BATCH = 64

/**
 * Closes connections as RFC 9112 §9.6 asks: our side first, then reading on until the client closes too. A socket that is closed
 * with unread bytes sends a reset, and a reset can take away from the client the response that it has not read yet.
 */
export class Closer {
  readonly #runtime: Runtime
  readonly #waiting: (() => void)[] = []
  readonly #closing = new WeakSet<Socket>()
  /** Those that were closed by us, each with what looks again whether it is silent. */
  readonly #finishing = new Map<Socket, () => void>()
  #silence = SILENCE

  constructor(runtime: Runtime) {
    this.#runtime = runtime
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

  /** Has a connection looked at, and closed if that is due, when its turn comes: a batch of them in each turn of the event loop. */
  inTurn(look: () => void): void {
    this.#waiting.push(look)
    if (this.#waiting.length === 1) this.#runtime.setImmediate(() => this.#lookAtBatch())
  }

  /** Closes a connection whose last bytes have been written by hand. */
  closeNow(socket: Socket): void {
    this.#closing.add(socket)
    this.#finish(socket)
  }

  /** The end of the budget is near: whoever has been served is waited for no longer than this, in ms. */
  hurry(silence: number): void {
    this.#silence = Math.min(SILENCE, silence)
    for (const lookAgain of this.#finishing.values()) lookAgain()
  }

  #lookAtBatch(): void {
    for (const look of this.#waiting.splice(0, BATCH)) look()
    if (this.#waiting.length > 0) this.#runtime.setImmediate(() => this.#lookAtBatch())
  }

  #finish(socket: Socket): void {
    if (socket.destroyed || this.#finishing.has(socket)) return
    socket.end()
    // A body that nobody reads would stop the reading, and with it the sight of the client's FIN.
    newestRequest(socket)?.resume()
    socket.resume()
    let read = -1
    let timer: Timer | undefined
    socket.once('close', () => {
      this.#runtime.clearTimeout(timer)
      this.#finishing.delete(socket)
    })
    const lookLater = () => {
      this.#runtime.clearTimeout(timer)
      timer = this.#runtime.setTimeout(look, this.#silence)
    }
    const look = () => {
      if (socket.destroyed) return
      // What is still being written or read is not silence; the deadline bounds both.
      if (socket.writableFinished && socket.bytesRead === read) {
        socket.destroy()
        return
      }
      read = socket.bytesRead
      lookLater()
    }
    this.#finishing.set(socket, lookLater)
    look()
  }
}
