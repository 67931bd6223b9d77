import type { Socket } from 'node:net'
import { WebSocket } from 'ws'
import { MESSAGE } from '../../base/attempt.js'
import type { Attempt, Ending } from '../../base/attempt.js'
import type { ClientContext } from '../client.js'
import { whoAnswered } from '../sending/check-answer.js'
import { headersOf } from '../sending/headers.js'
import { now } from '../../base/clock.js'
import { openSocket } from '../../base/wire/http1/origin.js'
import type { ExchangeFailure } from '../../base/wire/http1/socket-failure.js'
import type { WebSocketPath } from '../../inputs/profile/profile.js'
import { classifyClose, classifyHandshakeError, classifyUnanswered } from '../../base/wire/websocket/closing.js'
import { Messages } from './messages.js'
import type { Message } from './messages.js'

/** Unanswered pings of one session. Servers end a connection with more: `ws` has a limit of 60, as a protection against floods. */
const MOST_PINGS = 30

/** How long the server may take to close the connection after both close frames, in ms. */
const CLOSE_TIMEOUT = 2_000

export interface WebSocketSessionOptions {
  readonly path: WebSocketPath
  readonly scheduledAt: number
  /** How long the client keeps the session, in ms. */
  readonly openMs: number
  readonly ended?: (session: WebSocketSession) => void
}

/**
 * One WebSocket, from its handshake to its end, with its messages. The session is one attempt, in flight while it is open, and
 * answered if either side ends it in order. Each message is another attempt.
 */
export class WebSocketSession {
  readonly #context: ClientContext
  readonly #options: WebSocketSessionOptions
  readonly #attempt: Attempt
  readonly #socket: Socket
  readonly #webSocket: WebSocket
  readonly #messages: Messages
  readonly #timers: readonly NodeJS.Timeout[]
  #who: Pick<Ending, 'pod' | 'version'> = {}
  #connected = false
  #localPort: number | undefined
  /** The number of each ping without a pong. */
  #pings: number[] = []
  /** The last message, if it has no ping yet. */
  #unpinged: number | undefined
  #leaving = false
  #over = false
  /** When the session opened, and when this side began to close it. */
  #openedAt: number | undefined
  #closingAt: number | undefined
  #socketError: string | undefined

  constructor(context: ClientContext, options: WebSocketSessionOptions) {
    this.#context = context
    this.#options = options
    const { limits, origin, profile, ledger, notes } = context
    const { path, scheduledAt, openMs } = options
    notes.opened += 1
    this.#messages = new Messages(ledger, () => this.#common())
    const limit = openMs + limits.connectMs + limits.answerMs
    this.#attempt = this.#enter('WebSocket', scheduledAt, limit, (outcome) =>
      this.#end({ outcome, detail: `not over after ${Math.round(now() - scheduledAt)} ms` }),
    )
    this.#socket = openSocket(origin)
    this.#socket.once(origin.secure ? 'secureConnect' : 'connect', () => {
      this.#connected = true
      this.#localPort = this.#socket.localPort
    })
    this.#socket.once('error', (error: NodeJS.ErrnoException) => void (this.#socketError = error.code ?? error.message))
    const url = `${origin.secure ? 'wss' : 'ws'}://${origin.host}${origin.basePath}${path.path}`
    // A variable, because the types do not know closeTimeout yet.
    const settings = {
      createConnection: () => this.#socket,
      headers: { ...Object.fromEntries(headersOf(origin)), [profile.requestId.header]: this.#attempt.id },
      perMessageDeflate: false,
      closeTimeout: CLOSE_TIMEOUT,
    }
    this.#webSocket = new WebSocket(url, path.subprotocol === undefined ? [] : [path.subprotocol], settings)
    this.#listen()
    this.#timers = [
      after(openMs, () => this.leave()),
      after(limits.connectMs, () => {
        const detail = `no connection within ${limits.connectMs} ms`
        if (!this.#connected) this.#end({ outcome: 'unreachable', detail, code: 'ETIMEDOUT' })
      }),
      after(limits.connectMs + limits.answerMs, () => {
        // A session that is closing by now has been open.
        if (this.#webSocket.readyState !== WebSocket.CONNECTING) return
        this.#end({ outcome: 'timed-out', detail: 'the handshake was not answered within the limit' })
      }),
    ]
  }

  /** Whether another message may be sent: the session is open or opening, and neither side is closing it. */
  get usable(): boolean {
    return !this.#over && !this.#leaving && (this.#open || this.#webSocket.readyState === WebSocket.CONNECTING)
  }

  /** Sends a message once the session is open. */
  send(scheduledAt: number): void {
    const { answerMs, connectMs } = this.#context.limits
    const attempt = this.#enter(MESSAGE, scheduledAt, this.#open ? answerMs : connectMs + answerMs, (outcome) => {
      this.#messages.end(message, { outcome, detail: 'no response within the limit' })
      this.#leaveIfDone()
    })
    const message = this.#messages.add(attempt, this.#options.path.message.replaceAll('{id}', attempt.id))
    if (this.#open) this.#write(message)
  }

  /** Sends no more messages, and closes the session once every message has its answer. */
  leave(): void {
    this.#leaving = true
    this.#leaveIfDone()
  }

  get #open(): boolean {
    return this.#webSocket.readyState === WebSocket.OPEN
  }

  #leaveIfDone(): void {
    if (this.#leaving && this.#open && this.#messages.pending.length === 0) {
      this.#closingAt ??= now()
      this.#webSocket.close(1_000)
    }
  }

  #enter(method: string, scheduledAt: number, limitMs: number, giveUp: (outcome: Ending['outcome']) => void): Attempt {
    const { ledger, client, origin } = this.#context
    const startedAt = now()
    // The first attempt is the session itself, before the WebSocket exists.
    const reused = method === MESSAGE && this.#open
    const { path } = this.#options.path
    const draft = { client, url: origin.url, method, path, scheduledAt, startedAt, reused, pod: this.#who.pod }
    return ledger.open({ ...draft, deadline: startedAt + limitMs }, giveUp)
  }

  #listen(): void {
    const webSocket = this.#webSocket
    webSocket.on('upgrade', ({ headers }) => {
      const plain = Object.entries(headers).map(([name, value]) => [name, String(value)] as const)
      this.#who = whoAnswered(this.#context.profile, new Map(plain))
    })
    webSocket.on('open', () => {
      this.#openedAt = now()
      for (const message of this.#messages.pending) this.#write(message)
      this.#leaveIfDone()
    })
    webSocket.on('message', (data) => {
      this.#messages.take(Buffer.isBuffer(data) ? data.toString('utf8') : '', this.#options.path.echo)
      this.#leaveIfDone()
    })
    webSocket.on('pong', (data) => this.#onPong(Number(data.toString('latin1'))))
    webSocket.on('unexpected-response', (_request, { statusCode = 0 }) => {
      this.#end({ outcome: statusCode >= 500 ? '5xx' : '4xx', detail: `status ${statusCode} instead of 101` })
    })
    let opened = false
    webSocket.once('open', () => void (opened = true))
    webSocket.on('error', (error: NodeJS.ErrnoException & { syscall?: string }) => {
      // After the handshake, the only error is an invalid frame. The close event explains every other end.
      if (!opened) this.#end(classifyHandshakeError(error, this.#connected))
      else this.#end({ outcome: 'wrong-body', detail: `not a WebSocket frame: ${error.message}` })
    })
    webSocket.on('close', (code, reason) => this.#onClose(code, reason.toString('utf8')))
  }

  /** Sends a ping after the message: the pong shows that the server has read the message (RFC 6455 §5.5.2). */
  #write({ text, number }: Message): void {
    this.#socket.cork()
    this.#webSocket.send(text)
    this.#ping(number)
    this.#socket.uncork()
  }

  #ping(number: number): void {
    const isAllowed = this.#pings.length < MOST_PINGS
    this.#unpinged = isAllowed ? undefined : number
    if (!isAllowed) return
    this.#pings.push(number)
    this.#webSocket.ping(String(number))
  }

  #onPong(number: number): void {
    this.#messages.readUpTo(number)
    // A server may answer only the last of several pings.
    this.#pings = this.#pings.filter((ping) => ping > number)
    if (this.#unpinged !== undefined && this.#open) this.#ping(this.#unpinged)
  }

  #onClose(code: number, reason: string): void {
    // A client that closed without pending messages loses nothing, whatever the server does.
    const done = this.#leaving && this.#messages.pending.length === 0
    const failure = done ? undefined : classifyClose(code, reason, this.#socketError)
    if (failure) this.#end(failure)
    else this.#end({ outcome: 'answered', askedMs: this.#keptOpenMs() }, ({ read }) => classifyUnanswered(code, read))
  }

  /** How long the client kept the session open. The handshake, and the end after its close frame, are latency. */
  #keptOpenMs(): number {
    if (this.#openedAt === undefined) return 0
    return Math.max(0, (this.#closingAt ?? now()) - this.#openedAt)
  }

  #end(ending: Ending, ofMessage?: (message: Message) => ExchangeFailure): void {
    if (this.#over) return
    this.#over = true
    for (const timer of this.#timers) clearTimeout(timer)
    const { detail = '' } = ending
    this.#messages.endAll(ofMessage ?? (() => ({ ...ending, detail })))
    this.#context.ledger.close(this.#attempt, { ...ending, ...this.#common() })
    this.#webSocket.on('error', () => undefined)
    this.#webSocket.terminate()
    this.#socket.destroy()
    this.#options.ended?.(this)
  }

  #common(): Partial<Ending> {
    const localPort = this.#localPort
    return { ...this.#who, ...(localPort === undefined ? {} : { localPort }) }
  }
}

/** Calls `act` after `ms`, and after pending socket events: after a stall of this process, timers run before them. */
const after = (ms: number, act: () => void): NodeJS.Timeout => setTimeout(() => setImmediate(act), ms)
