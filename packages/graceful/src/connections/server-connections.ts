import type { Server, Socket } from 'node:net'
import type { Environment, Timer } from '../environment.js'
import type { OpenConnection } from '../report.js'
import { destroyAll } from './force.js'
import { Http1 } from './http1.js'
import { Closer } from './linger.js'
import { closeListener } from './listener.js'
import { currentResponse, isHttp, isUpgraded, newestRequest, rawSocketOf, toldIdleTime } from './node-internals.js'
import { Tracker } from './tracker.js'

/** How long a connection on which nothing was ever asked may still ask once the listener is closed, in ms. */
const SILENT_LINGER = 2_000
/** Where the server told its clients no idle time (`keepAliveTimeout` 0), in ms. */
const UNTOLD_LINGER = 5_000
/** What a connection is given beyond the idle time that its client was told: a request may be on its way at the very end of it. */
const LINGER_MARGIN = 1_000

export interface ConnectionEvents {
  /** @returns what takes the arrival back as evidence, should it prove to be a probe */
  onArrival(peer: string): () => void
  onRequest(): void
}

/** The connections of one server, from the moment it is attached to the last close. */
export class ServerConnections {
  readonly #server: Server
  readonly #environment: Environment
  readonly #events: ConnectionEvents
  readonly #tracker: Tracker
  readonly #closer: Closer
  readonly #http1: Http1
  readonly #arrivals = new WeakMap<Socket, () => void>()
  readonly #lingering = new WeakMap<Socket, Timer>()
  readonly #extended = new WeakSet<Socket>()
  #stage: 'serving' | 'lameDuck' | 'draining' = 'serving'

  constructor(server: Server, environment: Environment, events: ConnectionEvents) {
    this.#server = server
    this.#environment = environment
    this.#events = events
    this.#closer = new Closer(environment)
    this.#http1 = new Http1(server, environment, this.#closer, {
      onRequest: (socket, request) => {
        if (isProbe(request.headers['user-agent'])) this.#arrivals.get(socket)?.()
        this.#arrivals.delete(socket)
        this.#events.onRequest()
      },
      onResponseOver: (socket) => this.#linger(socket),
      onIdleTimeout: (socket) => this.#idleTimeout(socket),
    })
    this.#tracker = new Tracker(server, (socket, isNew) => this.#opened(socket, isNew))
  }

  get listening(): boolean {
    return this.#server.listening
  }

  enterLameDuck(): void {
    this.#stage = 'lameDuck'
    this.#http1.enterLameDuck(this.#tracker.open)
  }

  /** Closes the listener and has every connection end when it may. Resolves when none is open. */
  async drain(): Promise<void> {
    await closeListener(this.#server, this.#tracker, this.#environment)
    this.#stage = 'draining'
    for (const socket of this.#tracker.open) this.#linger(socket)
    await this.#tracker.empty()
  }

  /** The lingering is over: there is no more time for those who may or may not speak. Requests go on. */
  endLinger(): void {
    for (const socket of this.#tracker.open) {
      if (this.#phase(socket) === 'head') {
        // As Node answers a head that took too long. No handler has started.
        socket.end('HTTP/1.1 408 Request Timeout\r\nConnection: close\r\n\r\n')
        this.#closer.closeNow(socket)
      } else if (this.#isIdle(socket)) this.#closer.closeIdle(socket, () => this.#isIdle(socket))
    }
  }

  /** Destroys what is still open. */
  async destroy(): Promise<void> {
    await destroyAll(this.#tracker.open)
  }

  /** Takes every listener off the server again. Only before the signal. */
  detach(): void {
    this.#tracker.stop()
  }

  describe(): OpenConnection[] {
    return [...this.#tracker.open].map((socket) => {
      const request = currentResponse(socket)?.req ?? newestRequest(socket)
      const since = this.#http1.requestSince(socket)
      return {
        kind: isUpgraded(socket) ? 'upgraded' : isHttp(socket) ? 'http1' : 'handshake',
        phase: this.#phase(socket),
        peer: `${socket.remoteAddress}:${socket.remotePort}`,
        ...(request?.method === undefined ? {} : { method: request.method }),
        ...(request?.url === undefined ? {} : { path: request.url.split('?', 1)[0]! }),
        ...(since === undefined ? {} : { ageMs: Math.round(this.#environment.now() - since) }),
      }
    })
  }

  #opened(socket: Socket, isNew: boolean): void {
    if (isNew) {
      const takeBack = this.#events.onArrival(socket.remoteAddress ?? '')
      if (this.#stage === 'serving') return
      this.#arrivals.set(socket, takeBack)
      // A tcpSocket probe connects and leaves.
      socket.once('close', () => {
        if (socket.bytesRead === 0) takeBack()
      })
    }
    const raw = rawSocketOf(socket)
    const takeBack = raw && this.#arrivals.get(raw)
    if (takeBack !== undefined) this.#arrivals.set(socket, takeBack)
    this.#linger(socket)
  }

  #phase(socket: Socket): OpenConnection['phase'] {
    if (isUpgraded(socket)) return 'upgraded'
    if (currentResponse(socket) !== undefined) return currentResponse(socket)!.headersSent ? 'response' : 'request'
    if (newestRequest(socket) !== undefined) return 'request'
    if (!this.#tracker.hasSpoken(socket)) return 'silent'
    return this.#http1.isReceivingHead(socket) ? 'head' : 'idle'
  }

  #isIdle(socket: Socket): boolean {
    const phase = this.#phase(socket)
    return phase === 'idle' || phase === 'silent'
  }

  /** Gives an idle connection of the drain its last time, counted from now: Node's own timer may run out before that. */
  #linger(socket: Socket): void {
    if (this.#stage !== 'draining' || socket.destroyed || this.#closer.isClosing(socket) || !this.#isIdle(socket))
      return
    const told = toldIdleTime(this.#server)
    const time = this.#phase(socket) === 'silent' ? SILENT_LINGER : told > 0 ? told + LINGER_MARGIN : UNTOLD_LINGER
    const stopTimer = () => this.#environment.clearTimeout(this.#lingering.get(socket))
    if (this.#lingering.has(socket)) stopTimer()
    else socket.once('close', stopTimer)
    const over = () => this.#closer.closeIdle(socket, () => this.#isIdle(socket))
    this.#lingering.set(socket, this.#environment.setTimeout(over, time))
  }

  #idleTimeout(socket: Socket): boolean {
    if (!this.#tracker.open.has(socket) || !this.#isIdle(socket)) return false
    const told = toldIdleTime(this.#server)
    if (!this.#extended.has(socket) && (socket.timeout ?? 0) <= told) {
      // Node 20 and 22 close at the very moment that the client was told.
      this.#extended.add(socket)
      socket.setTimeout(LINGER_MARGIN)
    } else this.#closer.closeIdle(socket, () => this.#isIdle(socket))
    return true
  }
}

const isProbe = (userAgent: string | undefined): boolean => userAgent?.startsWith('kube-probe/') ?? false
