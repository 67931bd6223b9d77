import type { Socket } from 'node:net'
import { now } from '../../clock.js'
import type { Exchange, PacedBody } from './exchange.js'
import { openSocket } from './origin.js'
import type { Origin } from './origin.js'
import { MalformedResponse, ResponseParser } from './response-parser.js'
import type { ResponseHead } from './response-parser.js'
import { classifyEnd, classifyError } from './socket-failure.js'
import type { ExchangeFailure } from './socket-failure.js'

export interface ConnectionEvents {
  /** Every request has its answer, and the connection may carry another one. */
  idle?(connection: Connection): void
  closed?(connection: Connection): void
  /** Bytes came when no answer was owed. */
  surplus?(connection: Connection, bytes: Buffer): void
  /** The server closed a connection that it had promised to keep open for longer. No request was lost by it. */
  closedEarly?(idleMs: number, promisedMs: number): void
}

const MOST_BODY = 1024 * 1024
/** How long a closing connection is listened to, for a second answer. */
const LINGER = 1_000
/** The server's clock starts before ours and its timers are not exact: this much earlier is not a broken promise. */
const TIMER_SLACK = 250

type State = 'connecting' | 'open' | 'closing' | 'closed'

/**
 * One connection of a client that never retries: what was sent on it is answered on it or has failed. It takes requests
 * one after the other or, pipelined, several at once, and keeps to what the server says: none after a response with
 * `Connection: close`, none after the `timeout` of `Keep-Alive`.
 */
export class Connection {
  /** Complete responses so far. */
  answers = 0
  /** What the server promised with `Keep-Alive: timeout`, in ms. */
  keepAliveMs: number | undefined
  /** The value of the pod header of the last response, kept here for whoever explains a later failure. */
  pod: string | undefined
  #keepAlive: string | undefined
  #state: State = 'connecting'
  #idleSince = now()
  #serverSaidClose = false
  /** This side has decided to send nothing more on it. */
  #ending = false
  #localPort: number | undefined
  #current: { head: ResponseHead; parts: Buffer[]; bytes: number; foreign: boolean } | undefined
  #bodyTimer: NodeJS.Timeout | undefined
  readonly #pending: Exchange[] = []
  readonly #socket: Socket
  readonly #connectTimer: NodeJS.Timeout
  readonly #events: ConnectionEvents
  readonly #parser: ResponseParser

  constructor(origin: Origin, options: { readonly connectTimeoutMs: number }, events: ConnectionEvents = {}) {
    this.#events = events
    this.#parser = new ResponseParser({
      head: (head) => this.#onHead(head),
      body: (part) => this.#onBody(part),
      complete: () => this.#onComplete(),
    })
    this.#socket = openSocket(origin)
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
    // After a stall of this process timers run before what the sockets have brought meanwhile: look at that first.
    this.#connectTimer = setTimeout(() => setImmediate(giveUp), options.connectTimeoutMs)
  }

  /** Whether another request may be sent: nothing is in flight, and the server has not said that it will close. */
  get idle(): boolean {
    return this.#state === 'open' && this.#pending.length === 0 && !this.#serverSaidClose && !this.#ending
  }

  /** How long it has been idle, in ms; undefined when it is not. */
  get idleMs(): number | undefined {
    return this.idle ? now() - this.#idleSince : undefined
  }

  get closed(): boolean {
    return this.#state === 'closed' || this.#state === 'closing'
  }

  /** Sends a request, or several pipelined ones. Allowed while {@link idle}, and once before the connection is open. */
  send(...exchanges: readonly Exchange[]): void {
    this.#pending.push(...exchanges)
    if (this.closed) return this.abandon({ outcome: 'unclassified', detail: 'sent on a connection that had ended' })
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
    if (last?.body !== undefined && !Buffer.isBuffer(last.body)) this.#sendPaced(last, last.body)
  }

  /** Ends the connection from this side; what is in flight goes on to its end. */
  end(): void {
    if (this.closed) return
    this.#ending = true
    if (this.#pending.length === 0) this.#close()
  }

  /** Fails everything in flight and destroys the connection. */
  abandon(failure: ExchangeFailure): void {
    this.#failPending(() => failure)
    this.#destroy()
  }

  #sendPaced(exchange: Exchange, { parts, everyMs }: PacedBody): void {
    const [first, ...rest] = parts
    if (first) this.#socket.write(first)
    if (rest.length === 0) return
    this.#bodyTimer = setTimeout(() => {
      this.#bodyTimer = undefined
      if (this.#pending.includes(exchange)) this.#sendPaced(exchange, { parts: rest, everyMs })
    }, everyMs)
  }

  #onData(bytes: Buffer): void {
    let offset = 0
    while (offset < bytes.length && !this.#socket.destroyed) {
      if (this.#pending.length === 0) {
        this.#events.surplus?.(this, bytes.subarray(offset))
        this.#destroy()
        return
      }
      try {
        offset += this.#parser.execute(bytes.subarray(offset))
      } catch (error) {
        if (!(error instanceof MalformedResponse)) throw error
        this.abandon({ outcome: 'wrong-body', detail: `not HTTP: ${error.message}` })
        return
      }
    }
  }

  #onHead(head: ResponseHead): void {
    const exchange = this.#pending[0]
    const foreign = exchange !== undefined && !exchange.owns(head)
    this.#current = { head, parts: [], bytes: 0, foreign }
  }

  #onBody(part: Buffer): void {
    const current = this.#current
    if (!current) return
    current.bytes += part.length
    if (current.bytes <= MOST_BODY) current.parts.push(part)
    if (!current.foreign && this.#pending[0]?.take?.(part)) this.#leave()
  }

  /** Nothing but the end of the connection can end a response that has none: this is what browsers do, too. */
  #leave(): void {
    this.#ending = true
    this.#onComplete()
    this.#destroy()
  }

  #onComplete(): void {
    const current = this.#current
    this.#current = undefined
    if (!current || current.foreign) return
    const exchange = this.#pending.shift()
    if (!exchange) return
    const { head, parts, bytes } = current
    this.answers += 1
    this.#idleSince = now()
    const behindClose = this.#serverSaidClose
    this.#readPromises(head)
    // An answer before the body was sent whole: what is left of the body would be read as the next request.
    if (this.#bodyTimer !== undefined) this.#ending = true
    exchange.answered({
      head,
      body: parts.length === 1 && parts[0] ? parts[0] : Buffer.concat(parts),
      bodyBytes: bytes,
      behindClose,
    })
    if (this.#pending.length > 0 || this.closed) return
    if (this.#serverSaidClose || this.#ending) this.#close()
    else this.#events.idle?.(this)
  }

  /** What the server says about the connection. Most say the same each time, so that it is read once. */
  #readPromises({ headers, minorVersion }: ResponseHead): void {
    const keepAlive = headers.get('keep-alive')
    if (keepAlive !== this.#keepAlive) {
      this.#keepAlive = keepAlive
      this.keepAliveMs = promisedIdleMs(keepAlive)
    }
    const connection = headers.get('connection')
    if (minorVersion === 1 && (connection === undefined || connection === 'keep-alive')) return
    const options = connectionOptions(connection)
    if (options.has('close') || (minorVersion === 0 && !options.has('keep-alive'))) this.#serverSaidClose = true
  }

  #onEnd(): void {
    const cutOff = this.#parser.finish()
    // A body that ends with the connection says that nothing comes after it.
    if (cutOff === 'at-end') this.#serverSaidClose = true
    if (this.#pending.length === 0) {
      this.#noteEarlyClose()
      this.#close()
      return
    }
    this.#failPending((first) => classifyEnd(first ? cutOff : 'before-head'))
    this.#destroy()
  }

  #onError(error: NodeJS.ErrnoException): void {
    const connected = this.#state !== 'connecting'
    const cutOff = this.#parser.cutOff()
    if (connected && this.#pending.length === 0) this.#noteEarlyClose()
    this.#failPending((first) => classifyError(error, connected, first ? cutOff : 'before-head'))
    this.#destroy()
  }

  #onClose(): void {
    this.#state = 'closed'
    clearTimeout(this.#connectTimer)
    clearTimeout(this.#bodyTimer)
    // Every way of ending fails what is pending before it comes here; this is the net under them.
    this.#failPending(() => ({ outcome: 'unclassified', detail: 'the socket closed without an end or an error' }))
    this.#events.closed?.(this)
  }

  /** `reason` is asked once for the request whose response was due first, then for those pipelined behind it. */
  #failPending(reason: (first: boolean) => ExchangeFailure): void {
    for (let first = true; this.#pending.length > 0; first = false) {
      const exchange = this.#pending.shift()
      const failure = this.#pipelinedBehindClose(first) ?? reason(first)
      exchange?.failed(this.#localPort === undefined ? failure : { ...failure, localPort: this.#localPort })
    }
  }

  /** RFC 9112 §9.6: after a response with `close`, requests sent behind it on the connection were not processed. */
  #pipelinedBehindClose(first: boolean): ExchangeFailure | undefined {
    if (!this.#serverSaidClose || (first && this.#current)) return undefined
    return { outcome: 'not-processed', detail: 'sent behind a request whose response said Connection: close' }
  }

  #noteEarlyClose(): void {
    if (this.#state !== 'open' || this.#serverSaidClose || this.#ending || this.keepAliveMs === undefined) return
    const idle = now() - this.#idleSince
    if (idle < this.keepAliveMs - TIMER_SLACK) this.#events.closedEarly?.(idle, this.keepAliveMs)
  }

  #close(): void {
    this.#state = 'closing'
    // Who said that it will close goes first: our FIN could keep a second answer from being sent, and from being seen.
    // Node has ended its side by itself where the server's FIN came first; to end it again costs an error with its stack.
    if (!this.#serverSaidClose && !this.#socket.writableEnded) this.#socket.end()
    this.#socket.setTimeout(LINGER, () => this.#destroy())
  }

  #destroy(): void {
    if (this.#state !== 'closed') this.#state = 'closing'
    clearTimeout(this.#connectTimer)
    clearTimeout(this.#bodyTimer)
    this.#socket.destroy()
  }
}

const connectionOptions = (connection = ''): ReadonlySet<string> =>
  new Set(connection.split(',').map((option) => option.trim().toLowerCase()))

const promisedIdleMs = (keepAlive = ''): number | undefined => {
  const seconds = /(?:^|,)\s*timeout\s*=\s*"?(\d{1,6})/i.exec(keepAlive)?.[1]
  return seconds === undefined ? undefined : Number(seconds) * 1_000
}
