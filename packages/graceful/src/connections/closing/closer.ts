import type { Socket } from 'node:net'
import type { Runtime, Timer } from '../../process/runtime.js'
import { newestRequest } from '../node/internals.js'

/** How long a connection that the library has closed can be silent before it is destroyed, in ms. */
const SILENCE = 1_000
/** Connections per turn of the event loop. Thousands in one turn would delay the requests that are still in flight. */
const BATCH = 64

/**
 * Closes connections as RFC 9112 §9.6 requires: the server closes its side first and reads until the client closes. A socket that
 * closes with unread bytes sends a reset, and the reset can destroy a response that the client has not read yet.
 */
export class Closer {
  readonly #runtime: Runtime
  readonly #isReading: (socket: Socket) => boolean
  readonly #queue: (() => void)[] = []
  readonly #closing = new WeakSet<Socket>()
  /** Connections whose server side is closed, each with the function that restarts its silence timer. */
  readonly #halfClosed = new Map<Socket, () => void>()
  #silence = SILENCE

  /** @param isReading tells whether a client still reads its response: see {@link LingerLimit} */
  constructor(runtime: Runtime, isReading: (socket: Socket) => boolean) {
    this.#runtime = runtime
    this.#isReading = isReading
  }

  /** Returns whether the connection accepts no further request: its last response said so, or its idle time is over. */
  isClosing(socket: Socket): boolean {
    return this.#closing.has(socket)
  }

  /** Marks the current response as the last. Later requests are not executed, and the socket closes after the response. */
  closeAfterResponse(socket: Socket): void {
    if (this.#closing.has(socket)) return
    this.#closing.add(socket)
    // Node calls this method when a response with `Connection: close` is written.
    socket.destroySoon = () => this.#closeServerSide(socket)
  }

  /** Queues a function that checks a connection and possibly closes it. Each turn of the event loop runs one batch. */
  enqueue(check: () => void): void {
    this.#queue.push(check)
    if (this.#queue.length === 1) this.#runtime.setImmediate(() => this.#runBatch())
  }

  /** Closes a connection whose last bytes have been written. */
  close(socket: Socket): void {
    this.#closing.add(socket)
    this.#closeServerSide(socket)
  }

  /** Shortens the silence (ms) after which a closed connection is destroyed, near the end of the budget. */
  shortenSilence(silence: number): void {
    this.#silence = Math.min(SILENCE, silence)
    for (const restartTimer of this.#halfClosed.values()) restartTimer()
  }

  #runBatch(): void {
    for (const check of this.#queue.splice(0, BATCH)) check()
    if (this.#queue.length > 0) this.#runtime.setImmediate(() => this.#runBatch())
  }

  #closeServerSide(socket: Socket): void {
    if (socket.destroyed || this.#halfClosed.has(socket)) return
    socket.end()
    // An unread body would stop the reading, and the library would not see the client's FIN.
    newestRequest(socket)?.resume()
    socket.resume()
    let bytesRead = -1
    let timer: Timer | undefined
    socket.once('close', () => {
      this.#runtime.clearTimeout(timer)
      this.#halfClosed.delete(socket)
    })
    const restartTimer = () => {
      this.#runtime.clearTimeout(timer)
      timer = this.#runtime.setTimeout(check, this.#silence)
    }
    const check = () => {
      if (socket.destroyed) return
      // A connection that still writes or reads is not silent. The limit of the lingering ends both.
      if (socket.writableFinished && socket.bytesRead === bytesRead && !this.#isReading(socket)) {
        socket.destroy()
        return
      }
      bytesRead = socket.bytesRead
      restartTimer()
    }
    this.#halfClosed.set(socket, restartTimer)
    check()
  }
}
