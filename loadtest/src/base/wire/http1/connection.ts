import type { Socket } from 'node:net'
import { now } from '../../clock.js'
import type { Exchange } from './exchange.js'
import { openSocket } from './origin.js'
import type { Origin } from './origin.js'
import type { IncomingResponse } from './incoming-response.js'
import { PendingExchanges } from './pending-exchanges.js'
import { RequestWriter } from './request-writer.js'
import { MalformedResponse } from './response-parser.js'
import { ResponseReader } from './response-reader.js'
import { ServerPromises } from './server-promises.js'
import { classifyEnd, classifyError } from './socket-failure.js'
import type { ExchangeFailure } from './socket-failure.js'

export interface ConnectionEvents {
  /** Every request has its answer, and another one may be sent. */
  idle?(connection: Connection): void
  closed?(connection: Connection): void
  /** Bytes arrived although no response was due. */
  surplus?(connection: Connection, bytes: Buffer): void
  /** The server closed the idle connection before the promised time. No request was lost. */
  closedEarly?(idleMs: number, promisedMs: number): void
}

/** How long a closing connection stays open to receive a second response, in ms. */
const LINGER = 1_000
type State = 'connecting' | 'open' | 'closing' | 'closed'

/**
 * One connection of a client that never retries: each request is answered on it, or fails. Requests are sent one after the other,
 * or several at once (pipelined). The connection obeys the server: it carries no request after a response with `Connection: close`.
 */
export class Connection {
  /** Complete responses so far. */
  answers = 0
  /** The pod that sent the last response, for the explanation of later failures. */
  pod: string | undefined
  #state: State = 'connecting'
  #idleSince = now()
  #sentAt = now()
  /** This side sends nothing more. */
  #ending = false
  #localPort: number | undefined
  readonly #promises = new ServerPromises()
  readonly #pending = new PendingExchanges()
  readonly #socket: Socket
  readonly #connectTimer: NodeJS.Timeout
  readonly #events: ConnectionEvents
  readonly #reader: ResponseReader
  readonly #writer: RequestWriter

  constructor(origin: Origin, options: { readonly connectTimeoutMs: number }, events: ConnectionEvents = {}) {
    this.#events = events
    this.#reader = new ResponseReader({
      due: () => this.#pending.first,
      complete: (response) => this.#answer(response),
      enough: (response) => {
        // Only the end of the connection can end such a response. Browsers do the same.
        this.#ending = true
        this.#answer(response)
        this.#destroy()
      },
    })
    this.#socket = openSocket(origin)
    this.#writer = new RequestWriter(this.#socket, (exchange) => this.#pending.has(exchange))
    this.#socket.once(origin.secure ? 'secureConnect' : 'connect', () => {
      clearTimeout(this.#connectTimer)
      this.#localPort = this.#socket.localPort
      if (this.#state === 'connecting') this.#state = 'open'
    })
    this.#socket.on('data', (bytes) => this.#onData(bytes))
    this.#socket.once('end', () => this.#onEnd())
    this.#socket.on('error', (error) => this.#onError(error))
    this.#socket.once('close', () => this.#onClose())
    const detail = `no connection within ${options.connectTimeoutMs} ms`
    const giveUp = (): void => {
      if (this.#state === 'connecting') this.abandon({ outcome: 'unreachable', detail, code: 'ETIMEDOUT' })
    }
    // After a stall of this process, timers run before socket events. Let the socket events run first.
    this.#connectTimer = setTimeout(() => setImmediate(giveUp), options.connectTimeoutMs)
  }

  /** Whether another request may be sent: none is in flight, and neither side is closing. */
  get idle(): boolean {
    return this.#state === 'open' && this.#pending.size === 0 && !this.#promises.close && !this.#ending
  }

  /** How long it has been idle, in ms; undefined if it is not idle. */
  get idleMs(): number | undefined {
    return this.idle ? now() - this.#idleSince : undefined
  }

  /** The idle time that the server promised with `Keep-Alive: timeout`, in ms; undefined if not promised. */
  get keepAliveMs(): number | undefined {
    return this.#promises.keepAliveMs
  }

  /**
   * The earliest moment at which the server may close the idle connection without breaking its promise; undefined if not promised. The
   * server counts from the end of its response, which it cannot send before the request, and which this side may read late.
   */
  get mayCloseAt(): number | undefined {
    const { keepAliveMs } = this
    return keepAliveMs === undefined ? undefined : this.#sentAt + keepAliveMs
  }

  /** The port of this side; undefined before the connection is open. */
  get localPort(): number | undefined {
    return this.#localPort
  }

  get closed(): boolean {
    return this.#state === 'closed' || this.#state === 'closing'
  }

  /** Sends a request, or several pipelined ones. Allowed while {@link idle}, and once before the connection is open. */
  send(...exchanges: readonly Exchange[]): void {
    this.#pending.add(exchanges)
    this.#sentAt = now()
    if (this.closed) return this.abandon({ outcome: 'unclassified', detail: 'sent on a closed connection' })
    this.#writer.write(exchanges)
  }

  /** Closes the connection after the requests in flight have ended. */
  end(): void {
    if (this.closed) return
    this.#ending = true
    if (this.#pending.size === 0) this.#close()
  }

  /** Fails the requests in flight and destroys the connection. */
  abandon(failure: ExchangeFailure): void {
    this.#failPending(() => failure)
    this.#destroy()
  }

  #onData(bytes: Buffer): void {
    let offset = 0
    while (offset < bytes.length && !this.#socket.destroyed) {
      if (this.#pending.size === 0) {
        this.#events.surplus?.(this, bytes.subarray(offset))
        this.#destroy()
        return
      }
      try {
        offset += this.#reader.read(bytes.subarray(offset))
      } catch (error) {
        if (!(error instanceof MalformedResponse)) throw error
        this.abandon({ outcome: 'wrong-body', detail: `not HTTP: ${error.message}` })
        return
      }
    }
  }

  #answer(response: IncomingResponse): void {
    const exchange = this.#pending.shift()
    if (!exchange) return
    this.answers += 1
    this.#idleSince = now()
    const behindClose = this.#promises.close
    this.#promises.read(response.head)
    // After an early response the server would read the rest of the body as the next request.
    if (this.#writer.unfinished) this.#ending = true
    exchange.answered(response.answer(behindClose))
    if (this.#pending.size > 0 || this.closed) return
    if (this.#promises.close || this.#ending) this.#close()
    else this.#events.idle?.(this)
  }

  #onEnd(): void {
    const cutOff = this.#reader.finish()
    // Nothing follows a body that ends with the connection.
    if (cutOff === 'at-end') this.#promises.close = true
    if (this.#pending.size === 0) {
      this.#noteEarlyClose()
      this.#close()
      return
    }
    this.#failPending((first) => classifyEnd(first ? cutOff : 'before-head'))
    this.#destroy()
  }

  #onError(error: NodeJS.ErrnoException): void {
    const connected = this.#state !== 'connecting'
    const cutOff = this.#reader.cutOff()
    if (connected && this.#pending.size === 0) this.#noteEarlyClose()
    this.#failPending((first) => classifyError(error, connected, first ? cutOff : 'before-head'))
    this.#destroy()
  }

  #onClose(): void {
    this.#state = 'closed'
    clearTimeout(this.#connectTimer)
    this.#writer.stop()
    // Every ending fails the pending requests earlier. This is a safety net.
    this.#failPending(() => ({ outcome: 'unclassified', detail: 'the socket closed without an end or an error' }))
    this.#events.closed?.(this)
  }

  #failPending(reason: (first: boolean) => ExchangeFailure): void {
    this.#pending.failAll((first) => {
      // RFC 9112 §9.6: requests that were sent after one whose response says `close` were not processed.
      if (!this.#promises.close || (first && this.#reader.begun)) return reason(first)
      return { outcome: 'not-processed', detail: 'sent after a request whose response said Connection: close' }
    }, this.#localPort)
  }

  #noteEarlyClose(): void {
    if (this.#state !== 'open' || this.#ending) return
    const idle = now() - this.#idleSince
    const promised = this.#promises.brokenBy(idle)
    if (promised !== undefined) this.#events.closedEarly?.(idle, promised)
  }

  #close(): void {
    this.#state = 'closing'
    // A server that said it will close goes first: an early FIN from this side could hide a second response.
    // After the server's FIN, Node has already ended this side, and ending it again would create an error.
    if (!this.#promises.close && !this.#socket.writableEnded) this.#socket.end()
    this.#socket.setTimeout(LINGER, () => this.#destroy())
  }

  #destroy(): void {
    if (this.#state !== 'closed') this.#state = 'closing'
    clearTimeout(this.#connectTimer)
    this.#writer.stop()
    this.#socket.destroy()
  }
}
