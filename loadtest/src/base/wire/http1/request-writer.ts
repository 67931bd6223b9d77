import type { Socket } from 'node:net'
import type { Exchange, PacedBody } from './exchange.js'

/** Writes requests to one connection. */
export class RequestWriter {
  readonly #socket: Socket
  readonly #isPending: (exchange: Exchange) => boolean
  #timer: NodeJS.Timeout | undefined

  /** @param isPending returns whether an exchange still waits for its answer; otherwise the rest of its body is not sent */
  constructor(socket: Socket, isPending: (exchange: Exchange) => boolean) {
    this.#socket = socket
    this.#isPending = isPending
  }

  /** Whether a body has parts that were not sent yet. */
  get unfinished(): boolean {
    return this.#timer !== undefined
  }

  write(exchanges: readonly Exchange[]): void {
    const [first] = exchanges
    if (exchanges.length === 1 && first && first.body === undefined) {
      this.#socket.write(first.head, 'latin1')
      return
    }
    // One write, so that pipelined requests leave in one segment.
    this.#socket.cork()
    for (const { head, body } of exchanges) {
      this.#socket.write(head, 'latin1')
      if (Buffer.isBuffer(body)) this.#socket.write(body)
    }
    this.#socket.uncork()
    const last = exchanges.at(-1)
    if (last?.body !== undefined && !Buffer.isBuffer(last.body)) this.#writePaced(last, last.body)
  }

  /** Sends no further part. */
  stop(): void {
    clearTimeout(this.#timer)
  }

  #writePaced(exchange: Exchange, { parts, everyMs }: PacedBody): void {
    const [first, ...rest] = parts
    if (first) this.#socket.write(first)
    if (rest.length === 0) return
    this.#timer = setTimeout(() => {
      this.#timer = undefined
      if (this.#isPending(exchange)) this.#writePaced(exchange, { parts: rest, everyMs })
    }, everyMs)
  }
}
