import type { Server, Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import type { Arrivals } from './arrivals.js'
import type { Runtime } from '../process/runtime.js'
import type { OpenConnection } from '../report.js'
import { describeSession, describeSocket } from './describe.js'
import { destroyAll } from './closing/destroy.js'
import { Http1 } from './requests/intake.js'
import { Http2 } from './protocols/http2.js'
import { IdleLinger } from './closing/idle-linger.js'
import { Closer } from './closing/closer.js'
import { CloseCalls } from './closing/close-calls.js'
import { closeListener } from './closing/listener.js'
import { currentResponse, isUpgraded, newestRequest, rawSocketOf } from './node/internals.js'
import type { Streams } from './requests/drain-signal.js'
import { OpenSockets } from './node/open-sockets.js'
import type { Upgraded } from './protocols/upgraded.js'

/** The connections of one server, from the moment it is attached to the last close: what each is doing, and who ends it how. */
export class ServerConnections {
  readonly #server: Server
  readonly #runtime: Runtime
  readonly #arrivals: Arrivals
  readonly #streams: Streams
  readonly #tracker: OpenSockets
  readonly #closer: Closer
  readonly #closeCalls: CloseCalls
  readonly #http1: Http1
  readonly #http2: Http2
  readonly #idle: IdleLinger
  /** What takes back a new connection as an arrival, until its first request has shown that it is no probe. */
  readonly #unproven = new WeakMap<Socket, () => void>()
  #stage: 'serving' | 'lameDuck' | 'draining' = 'serving'
  #lingerIsOver = false

  constructor(server: Server, runtime: Runtime, streams: Streams, upgraded: Upgraded, arrivals: Arrivals) {
    this.#server = server
    this.#runtime = runtime
    this.#arrivals = arrivals
    this.#streams = streams
    this.#closer = new Closer(runtime)
    this.#idle = new IdleLinger(server, runtime, this.#closer, (socket) => this.#isIdle(socket))
    this.#closeCalls = new CloseCalls(server)
    this.#http2 = new Http2(server, runtime, this.#closer)
    this.#http1 = new Http1(server, runtime, this.#closer, {
      onRequest: (socket, userAgent) => {
        if (socket !== undefined) {
          if (isProbe(userAgent)) this.#unproven.get(socket)?.()
          this.#unproven.delete(socket)
        }
        this.#arrivals.requests += 1
      },
      onDispatched: (response) => this.#streams.dispatched(response),
      onStream: (stream, method, path) => {
        this.#http2.saw(stream, method, path)
        this.#streams.dispatchedStream(stream)
      },
      onUpgraded: (socket) => upgraded.opened(socket),
      onHeadSent: (response) => this.#streams.headSent(response),
      onResponseOver: (socket) => this.#linger(socket),
      onIdleTimeout: (socket) => {
        if (!this.#isIdle(socket)) return false
        this.#idle.timedOut(socket)
        return true
      },
    })
    this.#tracker = new OpenSockets(server, (socket, isNew) => this.#opened(socket, isNew))
  }

  get listening(): boolean {
    return this.#server.listening
  }

  enterLameDuck(): void {
    this.#stage = 'lameDuck'
    this.#closeCalls.hold()
    this.#http2.enterLameDuck()
    this.#http1.enterLameDuck(this.#tracker.open)
  }

  /** `limit`: what is left of the budget, in ms. */
  async closeListener(limit: number): Promise<void> {
    await closeListener(this.#server, this.#tracker, this.#runtime, limit)
  }

  /** Has every connection end when it may. Resolves when none is open. */
  async drain(): Promise<void> {
    this.#stage = 'draining'
    const responses = [...this.#tracker.open].flatMap((socket) => currentResponse(socket) ?? [])
    this.#streams.drain(responses, this.#http2.drain())
    for (const socket of this.#tracker.open) this.#linger(socket)
    await this.#tracker.empty()
  }

  /** The sockets that have left HTTP. */
  upgraded(): Duplex[] {
    return [...this.#tracker.open].filter(isUpgraded)
  }

  /**
   * The lingering is over, also for those who are served until later: there is no more time for whoever may or may not speak.
   * Requests go on. `silence` as in {@link Closer}.
   */
  endLinger(silence: number): void {
    this.#lingerIsOver = true
    this.#closer.hurry(silence)
    for (const socket of this.#tracker.open) this.#linger(socket)
  }

  /** Nothing is open any more. */
  beginHooks(): void {
    this.#closeCalls.beginHooks()
  }

  /** Calls back who else has closed the server; returns how many they are. */
  answerCloseCalls(): number {
    return this.#closeCalls.answer()
  }

  /** Destroys what is still open. */
  async destroy(): Promise<void> {
    await destroyAll(this.#tracker.open)
  }

  /** Leaves the server as it was found. */
  detach(): void {
    this.#tracker.stop()
    this.#http2.detach()
    this.#http1.restore()
    this.#closeCalls.restore()
  }

  /** One entry a connection, or a stream of HTTP/2. */
  describe(): OpenConnection[] {
    return [...this.#tracker.open].flatMap((socket) => {
      const session = this.#http2.sessionOf(socket)
      if (session !== undefined) {
        return describeSession(socket, session, (stream) => this.#http2.seen(stream), this.#runtime.now())
      }
      const since = this.#http1.requestSince(socket)
      const age = since === undefined ? undefined : Math.round(this.#runtime.now() - since)
      return [describeSocket(socket, this.#phase(socket), age)]
    })
  }

  #opened(socket: Socket, isNew: boolean): void {
    this.#http2.opened(socket)
    if (isNew) {
      const takeBack = this.#arrivals.connection(socket)
      if (this.#stage === 'serving') return
      this.#unproven.set(socket, takeBack)
      // A tcpSocket probe connects and leaves.
      socket.once('close', () => {
        if (socket.bytesRead === 0) takeBack()
      })
    }
    const raw = rawSocketOf(socket)
    if (raw !== undefined) {
      const takeBack = this.#unproven.get(raw)
      if (takeBack !== undefined) this.#unproven.set(socket, takeBack)
      // It lingered for its handshake. A FIN on it would now cut off what the TLS socket is asked.
      this.#idle.forget(raw)
    }
    this.#linger(socket)
  }

  #phase(socket: Socket): OpenConnection['phase'] {
    if (isUpgraded(socket)) return 'upgraded'
    const response = currentResponse(socket)
    if (response !== undefined) return response.headersSent ? 'response' : 'request'
    if (newestRequest(socket) !== undefined) return 'request'
    if (!this.#tracker.hasSpoken(socket)) return 'silent'
    return this.#http1.isReceivingHead(socket) ? 'head' : 'idle'
  }

  #isIdle(socket: Socket): boolean {
    // The raw socket under a TLS one looks idle, whatever its connection is doing.
    if (!this.#tracker.open.has(socket)) return false
    const phase = this.#phase(socket)
    return this.#http2.sessionOf(socket) === undefined && (phase === 'idle' || phase === 'silent')
  }

  #linger(socket: Socket): void {
    if (this.#stage !== 'draining') return
    if (this.#lingerIsOver) this.#closer.inTurn(() => this.#closeUnlessServed(socket))
    else if (this.#isIdle(socket)) this.#idle.linger(socket, this.#phase(socket) === 'silent')
  }

  #closeUnlessServed(socket: Socket): void {
    if (this.#closer.isClosing(socket)) return
    const isHead = this.#tracker.open.has(socket) && this.#phase(socket) === 'head'
    // As Node answers a head that took too long. No handler has started.
    if (isHead) socket.end('HTTP/1.1 408 Request Timeout\r\nConnection: close\r\n\r\n')
    if (isHead || this.#isIdle(socket)) this.#closer.closeNow(socket)
  }
}

const isProbe = (userAgent: string | undefined): boolean => userAgent?.startsWith('kube-probe/') ?? false
