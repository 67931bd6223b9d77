import type { Server, Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import type { Runtime } from '../process/runtime.js'
import type { OpenConnection } from '../types.js'
import type { Arrivals } from './arrivals.js'
import { CloseCalls } from './closing/close-calls.js'
import { Closer } from './closing/closer.js'
import { destroyAll } from './closing/destroy.js'
import { IdleLinger } from './closing/idle-linger.js'
import { closeListener } from './closing/listener.js'
import { describeSession, describeSocket } from './describe.js'
import { currentResponse, isUpgraded, newestRequest, promisedIdleTime, rawSocketOf } from './node/internals.js'
import { OpenSockets } from './node/open-sockets.js'
import { Http2 } from './protocols/http2.js'
import type { Upgraded } from './protocols/upgraded.js'
import type { DrainSignals } from './requests/drain-signal.js'
import type { EventStreamEnder } from './requests/event-streams.js'
import { Intake } from './requests/intake.js'
import { LastResponse } from './requests/last-response.js'

/** Objects that the servers of one `createGraceful` share. */
export interface Shared {
  readonly runtime: Runtime
  readonly arrivals: Arrivals
  readonly drainSignals: DrainSignals
  readonly eventStreams: EventStreamEnder
  readonly upgraded: Upgraded
  readonly hooksStarted: () => boolean
}

/** The connections of one server: the activity of each, and how each one closes. */
export class ServerConnections {
  readonly #server: Server
  readonly #shared: Shared
  readonly #sockets: OpenSockets
  readonly #closer: Closer
  readonly #closeCalls: CloseCalls
  readonly #lastResponse: LastResponse
  readonly #intake: Intake
  readonly #http2: Http2
  readonly #idle: IdleLinger
  #stage: 'serving' | 'lameDuck' | 'draining' = 'serving'
  #lingerEnded = false

  constructor(server: Server, shared: Shared) {
    const { runtime, arrivals, drainSignals, eventStreams, upgraded } = shared
    this.#server = server
    this.#shared = shared
    this.#closer = new Closer(runtime)
    this.#idle = new IdleLinger(server, runtime, this.#closer, (socket) => this.#isIdle(socket))
    this.#closeCalls = new CloseCalls(server, shared.hooksStarted)
    this.#http2 = new Http2(server, runtime, this.#closer)
    this.#lastResponse = new LastResponse(server, runtime, this.#closer, {
      onDispatched: (response) => drainSignals.notify(response),
      onHeadSent: (response) => eventStreams.endResponse(response),
      onClosed: (socket) => this.#linger(socket),
    })
    this.#intake = new Intake(server, runtime, this.#closer, this.#lastResponse, {
      onRequest: (socket, userAgent) => arrivals.requestArrived(socket, userAgent),
      onDispatched: (response) => drainSignals.notify(response),
      onStream: (stream, headers) => {
        this.#http2.addStream(stream, headers)
        drainSignals.notifyStream(stream)
        eventStreams.endStream(stream, headers)
      },
      onUpgraded: (socket) => upgraded.add(socket),
      onIdleTimeout: (socket) => {
        if (!this.#isIdle(socket)) return false
        this.#idle.onNodeTimeout(socket)
        return true
      },
    })
    this.#sockets = new OpenSockets(server, (socket, isNew) => this.#onOpen(socket, isNew))
  }

  get listening(): boolean {
    return this.#server.listening
  }

  /** Idle time that the server promises to its clients, in ms. */
  get idleTime(): number {
    return promisedIdleTime(this.#server)
  }

  enterLameDuck(): void {
    this.#stage = 'lameDuck'
    this.#closeCalls.intercept()
    this.#http2.enterLameDuck()
    this.#intake.open()
    for (const socket of this.#sockets.open) this.#lastResponse.watchCurrent(socket)
  }

  /** @param limit time left in the budget, in ms */
  async closeListener(limit: number): Promise<void> {
    await closeListener(this.#server, this.#sockets, this.#shared.runtime, limit)
  }

  /** Closes every connection as soon as it has no request in flight and its linger time is over. Resolves when all are closed. */
  async drain(): Promise<void> {
    const { drainSignals, eventStreams } = this.#shared
    this.#stage = 'draining'
    const responses = [...this.#sockets.open].flatMap((socket) => currentResponse(socket) ?? [])
    const streams = this.#http2.drain()
    eventStreams.start()
    drainSignals.start()
    for (const response of responses) {
      drainSignals.notify(response)
      eventStreams.endResponse(response)
    }
    for (const stream of streams) {
      drainSignals.notifyStream(stream)
      eventStreams.endStream(stream, this.#http2.knownStream(stream)?.headers)
    }
    for (const socket of this.#sockets.open) this.#linger(socket)
    await this.#sockets.allClosed()
  }

  /** Returns the sockets that have left HTTP. */
  upgraded(): Duplex[] {
    return [...this.#sockets.open].filter(isUpgraded)
  }

  /** Ends the linger time of all connections, also of those that are still in use. Requests in flight continue. */
  endLinger(silence: number): void {
    this.#lingerEnded = true
    this.#closer.shortenSilence(silence)
    for (const socket of this.#sockets.open) this.#linger(socket)
  }

  /** Destroys the open connections. */
  async destroy(): Promise<void> {
    await destroyAll(this.#sockets.open)
  }

  /** Runs the callbacks that other code passed to `server.close()` before the hooks, and returns their number. */
  runCloseCallbacks(): number {
    return this.#closeCalls.runEarlyCallbacks()
  }

  /** Removes every listener and restores every method of the server. */
  detach(): void {
    this.#sockets.stop()
    this.#http2.detach()
    this.#intake.restore()
    this.#closeCalls.restore()
  }

  /** Describes each connection, or each stream of an HTTP/2 connection. */
  describe(): OpenConnection[] {
    const now = this.#shared.runtime.now()
    return [...this.#sockets.open].flatMap((socket) => {
      const session = this.#http2.sessionOf(socket)
      if (session !== undefined) {
        return describeSession(socket, session, (stream) => this.#http2.knownStream(stream), now)
      }
      const since = this.#lastResponse.requestSince(socket)
      return [describeSocket(socket, this.#phase(socket), since === undefined ? undefined : Math.round(now - since))]
    })
  }

  #onOpen(socket: Socket, isNew: boolean): void {
    const { arrivals } = this.#shared
    this.#http2.addSocket(socket)
    if (isNew) arrivals.connectionOpened(socket)
    const raw = rawSocketOf(socket)
    if (raw !== undefined) {
      arrivals.connectionSecured(raw, socket)
      // The raw socket lingered for its handshake. Its FIN would now cut off the TLS socket.
      this.#idle.cancel(raw)
    }
    this.#linger(socket)
  }

  #phase(socket: Socket): OpenConnection['phase'] {
    if (isUpgraded(socket)) return 'upgraded'
    const response = currentResponse(socket)
    if (response !== undefined) return response.headersSent ? 'response' : 'request'
    if (newestRequest(socket) !== undefined) return 'request'
    if (!this.#sockets.hasReceivedData(socket)) return 'silent'
    return this.#lastResponse.isReceivingHead(socket) ? 'head' : 'idle'
  }

  #isIdle(socket: Socket): boolean {
    // The raw socket below a TLS socket always seems to be idle.
    if (!this.#sockets.open.has(socket)) return false
    const phase = this.#phase(socket)
    return this.#http2.sessionOf(socket) === undefined && (phase === 'idle' || phase === 'silent')
  }

  #linger(socket: Socket): void {
    if (this.#stage !== 'draining') return
    if (this.#lingerEnded) this.#closer.enqueue(() => this.#closeUnlessInUse(socket))
    else if (this.#isIdle(socket)) this.#idle.start(socket, this.#phase(socket) === 'silent')
  }

  #closeUnlessInUse(socket: Socket): void {
    if (this.#closer.isClosing(socket)) return
    const isHead = this.#sockets.open.has(socket) && this.#phase(socket) === 'head'
    // Node gives the same answer to a head that takes too long. No handler has started.
    if (isHead) socket.end('HTTP/1.1 408 Request Timeout\r\nConnection: close\r\n\r\n')
    if (isHead || this.#isIdle(socket)) this.#closer.close(socket)
  }
}
