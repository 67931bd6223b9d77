import type { Duplex } from 'node:stream'
import { errorMessage } from '../../process/error-text.js'
import { guard } from '../../process/guard.js'
import type { Runtime, Timer } from '../../process/runtime.js'
import type { Logger, WebSocketLike, WebSocketServerLike } from '../../types.js'

export interface UpgradedSettings {
  readonly webSocketServers: readonly WebSocketServerLike[]
  readonly drainUpgraded: ((socket: Duplex) => void) | undefined
  readonly logger: Logger
}

/** Close code of an endpoint that goes away (RFC 6455 §7.4.1). */
const GOING_AWAY = 1001
/** `readyState` of an open WebSocket. */
const OPEN = 1
/** Time for a client's close frame, in ms. */
const ANSWER_TIME = 5_000
/** Close frames per second. The clients reconnect to the remaining pods, so not all of them may do so at once. */
const MAX_PER_SECOND = 1_000

/**
 * Drains connections that have left HTTP. Node no longer tracks them: no method of the server closes them.
 *
 * WebSocket clients get a close frame with code 1001 and have five seconds for the answer, whatever else they send. The library
 * spreads these frames over time. When the linger time ends, it terminates the clients that have not answered. A client that gets its
 * frame after that has a short time for the answer. For any other protocol, only the application knows how to end a connection: it gets each socket through
 * `drainUpgraded`. The library destroys the sockets that are still open at the end of the drain.
 */
export class Upgraded {
  readonly #runtime: Runtime
  readonly #settings: UpgradedSettings
  /** Each client that got its close frame, with the timer that terminates it. */
  readonly #notified = new Map<WebSocketLike, Timer>()
  readonly #webSockets = new WeakSet<object>()
  #draining = false
  #nextBatch: Timer | undefined
  /** Time for the close frame of a client that is notified from now on, in ms. */
  #answerTime = ANSWER_TIME
  /** Handles a WebSocket that opens during the drain, on a lingering connection. */
  readonly #onConnection = (client: WebSocketLike): void => {
    if (!this.#draining) return
    this.#markAsWebSocket(client)
    this.#notify(client)
  }

  constructor(runtime: Runtime, settings: UpgradedSettings) {
    this.#runtime = runtime
    this.#settings = settings
  }

  /** @param remaining time left in the budget, in ms. The close frames are spread over at most half of it. */
  drain(sockets: Iterable<Duplex>, remaining: number): void {
    this.#draining = true
    const clients: WebSocketLike[] = []
    for (const server of this.#settings.webSocketServers) {
      clients.push(...server.clients)
      server.on('connection', this.#onConnection)
    }
    const spread = Math.min(remaining / 2, (clients.length / MAX_PER_SECOND) * 1_000)
    const step = clients.length > 0 ? spread / clients.length : 0
    for (const client of clients) this.#markAsWebSocket(client)
    for (const socket of sockets) this.#drainOther(socket)
    this.#notifyGradually(clients, step)
  }

  /** Cancels what is planned for the clients, when every connection has closed. */
  stop(): void {
    this.#runtime.clearTimeout(this.#nextBatch)
    for (const timer of this.#notified.values()) this.#runtime.clearTimeout(timer)
  }

  /** Removes the listeners from the WebSocket servers. */
  detach(): void {
    this.stop()
    this.#draining = false
    for (const server of this.#settings.webSocketServers) server.off?.('connection', this.#onConnection)
  }

  /** Handles a connection that has just left HTTP. Before the drain there is nothing to do. */
  add(socket: Duplex): void {
    if (this.#draining) this.#drainOther(socket)
  }

  /** Records the socket of a WebSocket. ws has no public property for it. */
  #markAsWebSocket(client: WebSocketLike): void {
    const socket = (client as { _socket?: object | null })._socket
    if (socket) this.#webSockets.add(socket)
  }

  #drainOther(socket: Duplex): void {
    if (this.#webSockets.has(socket)) return
    this.#guard('drainUpgraded', () => this.#settings.drainUpgraded?.(socket))
  }

  /**
   * Terminates the notified clients.
   *
   * @param answerTime time for the close frame of a client that is notified later, in ms
   */
  endLinger(answerTime: number): void {
    this.#answerTime = answerTime
    for (const [client, timer] of this.#notified) {
      this.#runtime.clearTimeout(timer)
      this.#terminate(client)
    }
  }

  #terminate(client: WebSocketLike): void {
    this.#guard('terminate() of a WebSocket', () => client.terminate())
  }

  #guard(name: string, call: () => unknown): void {
    const { logger } = this.#settings
    guard(call, (error) => logger.warn({ error: errorMessage(error) }, `graceful: ${name} failed`))
  }

  #notifyGradually(clients: WebSocketLike[], step: number): void {
    // Timers have a resolution of one millisecond, so one tick can notify several clients.
    const perTick = step < 1 ? Math.ceil(1 / Math.max(step, 1 / MAX_PER_SECOND)) : 1
    for (const client of clients.splice(0, perTick)) this.#notify(client)
    if (clients.length > 0) {
      const wait = Math.max(1, step * perTick)
      this.#nextBatch = this.#runtime.setTimeout(() => this.#notifyGradually(clients, step), wait)
    }
  }

  #notify(client: WebSocketLike): void {
    if (client.readyState !== OPEN) return
    this.#guard('close() of a WebSocket', () => client.close(GOING_AWAY, 'the server is going away'))
    this.#notified.set(
      client,
      this.#runtime.setTimeout(() => this.#terminate(client), this.#answerTime),
    )
  }
}
