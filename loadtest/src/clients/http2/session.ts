import { connect, constants } from 'node:http2'
import type { ClientHttp2Session } from 'node:http2'
import type { Socket } from 'node:net'
import type { TLSSocket } from 'node:tls'
import type { Attempt } from '../../base/attempt.js'
import type { ClientContext } from '../client.js'
import { checkAnswer } from '../sending/check-answer.js'
import { now } from '../../base/clock.js'
import { openSocket } from '../../base/wire/http1/origin.js'
import type { ExchangeFailure } from '../../base/wire/http1/socket-failure.js'
import type { PlannedRequest } from '../../inputs/requests/planned-request.js'
import { headersOf } from '../sending/headers.js'
import { collect } from './stream.js'
import { classifyStream } from '../../base/wire/http2/stream-failure.js'
import type { GoAway, StreamEnd } from '../../base/wire/http2/stream-failure.js'

/**
 * One HTTP/2 connection: in cleartext with prior knowledge, or with TLS and `h2` by ALPN. Each request is a stream. After a GOAWAY the
 * session takes no more requests; streams in flight continue.
 */
export class Http2Session {
  /** Complete responses so far. */
  answers = 0
  readonly #context: ClientContext
  readonly #socket: Socket
  readonly #session: ClientHttp2Session
  readonly #connectTimer: NodeJS.Timeout
  #streams = 0
  #underWay = 0
  #pod: string | undefined
  #connected = false
  #localPort: number | undefined
  #leaving = false
  /** The server sent FIN. */
  #fin = false
  #ended = false
  #goAway: GoAway | undefined
  #error: NodeJS.ErrnoException | undefined
  /** Why this side gave up the connection. */
  #abandonedWith: ExchangeFailure | undefined

  constructor(context: ClientContext) {
    this.#context = context
    const { origin, limits, notes } = context
    notes.opened += 1
    this.#socket = openSocket(origin, ['h2'])
    this.#socket.once(origin.secure ? 'secureConnect' : 'connect', () => this.#onConnect())
    this.#socket.once('end', () => void (this.#fin = true))
    this.#socket.on('error', (error: NodeJS.ErrnoException) => void (this.#error ??= error))
    const scheme = origin.secure ? 'https' : 'http'
    this.#session = connect(`${scheme}://${origin.host}`, { createConnection: () => this.#socket })
    this.#session.on('error', (error: NodeJS.ErrnoException) => void (this.#error ??= error))
    this.#session.on('goaway', (code: number, lastStreamId: number) => void (this.#goAway = { code, lastStreamId }))
    this.#session.once('close', () => {
      this.#ended = true
      clearTimeout(this.#connectTimer)
    })
    const giveUp = (): void => {
      const detail = `no connection within ${limits.connectMs} ms`
      if (!this.#connected) this.#abandon({ outcome: 'unreachable', detail, code: 'ETIMEDOUT' })
    }
    // After a stall of this process, timers run before socket events. Let the socket events run first.
    this.#connectTimer = setTimeout(() => setImmediate(giveUp), limits.connectMs)
  }

  /** Whether another request may be sent. */
  get usable(): boolean {
    return (
      !this.#leaving && !this.#goAway && !this.#fin && !this.#ended && !this.#session.closed && !this.#session.destroyed
    )
  }

  get streams(): number {
    return this.#streams
  }

  request(request: PlannedRequest, scheduledAt: number): void {
    const { ledger, profile, origin, client, limits } = this.#context
    const { method, path, headers } = request
    const startedAt = now()
    this.#streams += 1
    this.#underWay += 1
    let over = false
    const attempt = ledger.open(
      {
        client,
        url: origin.url,
        method,
        path,
        scheduledAt,
        startedAt,
        reused: this.answers > 0,
        pod: this.#pod,
        deadline: startedAt + request.expectedMs + limits.answerMs,
        expectedMs: request.expectedMs,
      },
      (outcome) => {
        over = true
        stream.close(constants.NGHTTP2_CANCEL)
        const waited = Math.round(now() - startedAt)
        this.#fail(attempt, { outcome, detail: `no complete response after ${waited} ms` })
      },
    )
    const own = headersOf(origin, headers).map(([name, value]) => [name.toLowerCase(), value] as const)
    const body = request.bodyFor?.(attempt.id)
    const stream = this.#session.request(
      {
        ':method': method,
        ':path': `${origin.basePath}${path}`,
        // Node would add the port of the scheme.
        ':authority': origin.host,
        [profile.requestId.header.toLowerCase()]: attempt.id,
        ...Object.fromEntries(own),
      },
      { endStream: body === undefined },
    )
    if (body !== undefined) stream.end(body)
    stream.once('close', () => {
      this.#underWay -= 1
      if (this.#leaving) this.leave()
    })
    collect(stream, {
      take: request.take,
      answered: (answer) => {
        if (over) return
        this.answers += 1
        const ending = checkAnswer(profile, request, attempt, answer)
        this.#pod = ending.pod
        ledger.close(attempt, { ...ending, ...this.#port() })
      },
      cut: (sawHead, streamError) => {
        const { id, rstCode } = stream
        // Node reports the end of the connection to its streams before it reports it to the session.
        setImmediate(() => {
          if (!over) this.#fail(attempt, this.#abandonedWith ?? this.#classify({ id, rstCode, sawHead, streamError }))
        })
      },
    })
  }

  /** Sends no more requests. Streams in flight continue. */
  leave(): void {
    this.#leaving = true
    // Closing sends a GOAWAY. A server may answer it with its own, and then reject streams that are on their way.
    if (this.#underWay === 0) this.#session.close()
  }

  #onConnect(): void {
    this.#connected = true
    this.#localPort = this.#socket.localPort
    clearTimeout(this.#connectTimer)
    const { alpnProtocol } = this.#socket as Partial<TLSSocket>
    if (alpnProtocol === undefined || alpnProtocol === 'h2') return
    const detail = `the server does not speak HTTP/2: by ALPN it chose ${alpnProtocol || 'nothing'}`
    this.#abandon({ outcome: 'wrong-body', detail })
  }

  #classify(end: Pick<StreamEnd, 'id' | 'rstCode' | 'sawHead' | 'streamError'>): ExchangeFailure {
    const [goAway, connected, error, fin] = [this.#goAway, this.#connected, this.#error, this.#fin]
    return classifyStream({ ...end, goAway, connected, error, fin, ended: this.#ended })
  }

  #abandon(failure: ExchangeFailure): void {
    this.#abandonedWith = failure
    this.#session.destroy()
  }

  #fail(attempt: Attempt, failure: ExchangeFailure): void {
    this.#context.ledger.close(attempt, { ...failure, ...this.#port() })
  }

  #port(): { localPort?: number } {
    const localPort = this.#localPort
    return localPort === undefined ? {} : { localPort }
  }
}
