import type { IncomingMessage } from 'node:http'
import { Server as NetServer, type Server, type Socket } from 'node:net'
import { preload } from '../process/handover.js'
import type { Runtime } from '../process/runtime.js'
import type { OpenConnection } from '../types.js'
import type { Arrivals } from './arrivals.js'
import { Activity, debtOfStream } from './activity.js'
import { CloseCalls, type CloseCallers } from './closing/close-calls.js'
import { Closer } from './closing/closer.js'
import { destroyAll } from './closing/destroy.js'
import { IdleLinger } from './closing/idle-linger.js'
import { LingerLimit } from './closing/linger-limit.js'
import { closeListener } from './closing/listener.js'
import { describeSession, describeSocket } from './describe.js'
import { isInternal } from './node/address.js'
import {
  currentResponse,
  handlerSocket,
  isUpgraded,
  openStreams,
  rawSocketOf,
  stopRequestTimeouts,
} from './node/internals.js'
import { OpenSockets } from './node/open-sockets.js'
import { answerHealthCheck } from './protocols/grpc-health.js'
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
  readonly closeCallers: CloseCallers
  /** A client stopped reading its response, and its connection is destroyed. */
  readonly onStalled: (connections: readonly OpenConnection[]) => void
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
  readonly #activity: Activity
  readonly #idle: IdleLinger
  readonly #limit: LingerLimit
  #stage: 'serving' | 'lameDuck' | 'draining' = 'serving'
  #lingerEnded = false

  constructor(server: Server, shared: Shared) {
    const { runtime, arrivals, eventStreams, upgraded } = shared
    this.#server = server
    this.#shared = shared
    this.#closer = new Closer(runtime, (socket) => this.#limit.isReading(socket))
    this.#closeCalls = new CloseCalls(server, shared.closeCallers)
    this.#http2 = new Http2(server, runtime, this.#closer)
    this.#lastResponse = new LastResponse(server, runtime, this.#closer, {
      onHeadSent: (response) => eventStreams.endResponse(response),
      onClosed: (socket) => this.#linger(socket),
    })
    this.#intake = new Intake(server, runtime, this.#closer, this.#lastResponse, {
      onRequest: (socket, userAgent) => arrivals.requestArrived(socket, userAgent),
      onHealthCheck: (stream, headers) => {
        if (!answerHealthCheck(stream, headers, (watch) => shared.drainSignals.signalFor(watch))) return false
        this.#http2.addStream(stream, headers)
        arrivals.probeArrived(this.#http2.socketOf(stream), headers['user-agent'])
        return true
      },
      onStream: (stream, headers) => {
        this.#http2.addStream(stream, headers)
        eventStreams.endStream(stream, headers)
      },
      onUpgraded: (socket) => upgraded.add(socket),
      onClosed: () => this.#closeCalls.onClosed(),
      onIdleTimeout: (socket) => {
        if (!this.#activity.isIdle(socket)) return false
        this.#idle.onNodeTimeout(socket)
        return true
      },
    })
    this.#sockets = new OpenSockets(server, (socket, isNew) => this.#onOpen(socket, isNew))
    this.#activity = new Activity(this.#sockets, this.#closer, this.#lastResponse, this.#http2)
    this.#idle = new IdleLinger(server, runtime, this.#closer, (socket) => this.#activity.isIdle(socket))
    this.#limit = new LingerLimit(runtime, this.#sockets, this.#activity, this.#closer, {
      onStalled: (socket) => shared.onStalled(this.#describe(socket, true)),
      onLateHead: (socket) => this.#refuseHead(socket),
    })
  }

  /** Whether the server listens, or gets its connections from other code. */
  get serving(): boolean {
    return this.#server.listening || this.#sockets.isFed
  }

  /** Whether only clients on this host can reach the server. */
  get isInternal(): boolean {
    return isInternal(this.#server)
  }

  get openSockets(): ReadonlySet<Socket> {
    return this.#sockets.open
  }

  /** Socket of the HTTP/1.1 request whose handler is running, before its first `await`. */
  get handlerSocket(): Socket | undefined {
    const socket = this.#intake.dispatching ?? handlerSocket()
    return socket !== undefined && this.#sockets.open.has(socket) ? socket : undefined
  }

  enterLameDuck(): void {
    this.#stage = 'lameDuck'
    this.#closeCalls.intercept()
    this.#http2.enterLameDuck()
    this.#intake.open()
    for (const socket of this.#sockets.open) {
      this.#lastResponse.watchCurrent(socket)
      this.#lastResponse.watchQueued(socket)
    }
  }

  /** @param limit time left in the budget, in ms */
  async closeListener(limit: number): Promise<void> {
    // Nothing else would close the listener of a server that starts to listen later.
    this.#server.on('listening', refuse)
    await preload()?.stopAccepting(() => this.#sockets.accepted, limit)
    await closeListener(this.#server, this.#sockets, this.#shared.runtime, limit)
  }

  /**
   * Closes every connection as soon as it has no request in flight and its linger time is over. Resolves when all are closed.
   *
   * @param remaining time left in the budget, in ms
   */
  async drain(remaining: number): Promise<void> {
    const { drainSignals, eventStreams } = this.#shared
    this.#stage = 'draining'
    const responses = [...this.#sockets.open].flatMap((socket) => currentResponse(socket) ?? [])
    const streams = this.#http2.drain()
    eventStreams.start()
    drainSignals.start()
    for (const response of responses) eventStreams.endResponse(response)
    for (const stream of streams) eventStreams.endStream(stream, this.#http2.knownStream(stream)?.headers)
    for (const socket of this.#sockets.open) this.#linger(socket)
    this.#limit.start(remaining)
    await this.#sockets.allClosed()
    this.#limit.stop()
    stopRequestTimeouts(this.#server)
  }

  /** Returns the sockets that have left HTTP. */
  upgraded(): Socket[] {
    return [...this.#sockets.open].filter(isUpgraded)
  }

  /** Ends the linger time of all connections, also of those that are still in use. Requests in flight continue. */
  endLinger(silence: number): void {
    this.#lingerEnded = true
    this.#closer.shortenSilence(silence)
    for (const socket of this.#sockets.open) this.#linger(socket)
    this.#limit.end(silence)
  }

  /** Destroys the open connections. */
  async destroy(): Promise<void> {
    await destroyAll(this.#sockets.open)
  }

  /** Calls what waits for the close of the server: callbacks that other code passed to `server.close()`, and `close` listeners. */
  answerCloseCalls(): void {
    this.#closeCalls.answer()
  }

  /** Removes every listener and restores every method of the server. */
  detach(): void {
    this.#server.off('listening', refuse)
    this.#sockets.stop()
    this.#limit.stop()
    this.#http2.detach()
    this.#intake.restore()
    this.#closeCalls.restore()
  }

  /** Describes each connection, or each stream of an HTTP/2 connection. */
  describe(): OpenConnection[] {
    return [...this.#sockets.open].flatMap((socket) => this.#describe(socket, false))
  }

  /** Describes the connections and the streams on which a response is owed. */
  describeOwed(): OpenConnection[] {
    const owed = [...this.#sockets.open].filter((socket) => this.#activity.debt(socket) !== 'nothing')
    const stalled = new Set(owed.filter((socket) => this.#limit.hasStalled(socket)))
    for (const socket of stalled) this.#shared.onStalled(this.#describe(socket, true))
    return owed.filter((socket) => !stalled.has(socket)).flatMap((socket) => this.#describe(socket, true))
  }

  /** Generates the requests whose responses the service owes; undefined for an HTTP/2 session or an upgraded socket. */
  *inFlight(): Generator<IncomingMessage | undefined> {
    for (const socket of this.#sockets.open)
      if (this.#activity.debt(socket) === 'response')
        yield isUpgraded(socket) ? undefined : currentResponse(socket)?.req
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

  #describe(socket: Socket, owedOnly: boolean): OpenConnection[] {
    const now = this.#shared.runtime.now()
    const session = this.#http2.sessionOf(socket)
    if (session !== undefined) {
      const streams = openStreams(session).filter((stream) => !owedOnly || debtOfStream(stream) !== 'nothing')
      return describeSession(socket, streams, (stream) => this.#http2.knownStream(stream), now)
    }
    const since = this.#lastResponse.requestSince(socket)
    return [
      describeSocket(socket, this.#activity.phase(socket), since === undefined ? undefined : Math.round(now - since)),
    ]
  }

  #linger(socket: Socket): void {
    if (this.#stage !== 'draining') return
    if (this.#lingerEnded) this.#closer.enqueue(() => this.#closeUnlessInUse(socket))
    else if (this.#activity.isIdle(socket)) this.#idle.start(socket, this.#activity.phase(socket) === 'silent')
  }

  #closeUnlessInUse(socket: Socket): void {
    if (this.#closer.isClosing(socket)) return
    if (this.#activity.isReceivingHead(socket)) this.#refuseHead(socket)
    else if (this.#activity.isIdle(socket)) this.#closer.close(socket)
  }

  /** Gives the answer that Node gives to a head that takes too long. No handler has started. */
  #refuseHead(socket: Socket): void {
    socket.end('HTTP/1.1 408 Request Timeout\r\nConnection: close\r\n\r\n')
    this.#closer.close(socket)
  }
}

function refuse(this: Server): void {
  NetServer.prototype.close.call(this)
}
