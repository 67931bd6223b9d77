import type { Server, Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { errorMessage } from '../../process/reporting/error-text.js'
import { guard } from '../../process/guard.js'
import type { Runtime, Timer } from '../../process/runtime.js'
import type { Logger } from '../../types.js'
import { Upgrades } from './upgrades.js'
import { CLOSED, OPEN, webSocketOf, type WebSocketLike } from './web-socket.js'

export interface UpgradedSettings {
  readonly closeUpgraded: ((socket: Duplex) => void) | undefined
  readonly logger: Logger
}

/** Close code of an endpoint that goes away (RFC 6455 §7.4.1). */
const GOING_AWAY = 1001
/** Time for a client's close frame, in ms. */
const ANSWER_TIME = 5_000
/** Close frames per second, unless half of the budget is too short for that. The clients must not all reconnect at once. */
const USUAL_PER_SECOND = 1_000

/**
 * Drains connections that have left HTTP. Node no longer tracks them: no method of the server closes them.
 *
 * WebSocket clients get a close frame with code 1001, through the `WebSocket` of `ws` that owns the socket, or on the socket itself.
 * The library spreads these frames over time. A client has five seconds for the answer, whatever else it sends. When the linger time
 * ends, the library terminates the clients that have not answered. A client that gets its frame after that has a short time for the
 * answer. For any other protocol, only the application knows how to end a connection: it gets each socket through `closeUpgraded`. The
 * library destroys the sockets that are still open at the end of the drain.
 */
export class Upgraded {
  readonly #runtime: Runtime
  readonly #settings: UpgradedSettings
  readonly #upgrades = new Map<Server, Upgrades>()
  /** Each client that got its close frame, with the timer that terminates it. */
  readonly #notified = new Map<WebSocketLike, Timer>()
  #draining = false
  #nextBatch: Timer | undefined
  /** Time for the close frame of a client that is notified from now on, in ms. */
  #answerTime = ANSWER_TIME

  constructor(runtime: Runtime, settings: UpgradedSettings) {
    this.#runtime = runtime
    this.#settings = settings
  }

  /** Follows the upgrades of a server. */
  follow(server: Server): void {
    this.#upgrades.set(server, new Upgrades(server))
  }

  unfollow(server: Server): void {
    this.#upgrades.get(server)?.detach()
    this.#upgrades.delete(server)
  }

  /** @param remaining time left in the budget, in ms. The close frames are spread over at most half of it. */
  drain(sockets: readonly Socket[], remaining: number): void {
    this.#draining = true
    const clients = sockets.flatMap((socket) => this.#webSocketOf(socket) ?? [])
    const spread = Math.min(remaining / 2, (clients.length / USUAL_PER_SECOND) * 1_000)
    const step = clients.length > 0 ? spread / clients.length : 0
    this.#notifyGradually(clients, step)
  }

  /** Cancels what is planned for the clients, when every connection has closed. */
  stop(): void {
    this.#runtime.clearTimeout(this.#nextBatch)
    for (const timer of this.#notified.values()) this.#runtime.clearTimeout(timer)
  }

  /** Removes every listener from the servers. */
  detach(): void {
    this.stop()
    this.#draining = false
    for (const upgrades of this.#upgrades.values()) upgrades.detach()
  }

  /** Handles a connection that has just left HTTP. Before the drain there is nothing to do. */
  add(socket: Socket): void {
    if (!this.#draining) return
    const client = this.#webSocketOf(socket)
    if (client !== undefined) this.#notify(client)
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

  /** Returns the WebSocket of a socket. A socket of another protocol goes to the application instead. */
  #webSocketOf(socket: Socket): WebSocketLike | undefined {
    const owner = webSocketOf(socket)
    if (owner !== undefined) return owner
    const unowned = [...this.#upgrades.values()].map((upgrades) => upgrades.webSocketOf(socket)).find(Boolean)
    if (unowned?.isOpening) {
      unowned.onAnswer(() => {
        if (!socket.destroyed) this.add(socket)
      })
      return undefined
    }
    if (unowned !== undefined && !unowned.isForeign) return unowned
    this.#closeOther(socket)
    return undefined
  }

  #closeOther(socket: Socket): void {
    this.#guard('closeUpgraded', () => this.#settings.closeUpgraded?.(socket))
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
    const perTick = step < 1 ? Math.ceil(1 / Math.max(step, 1 / USUAL_PER_SECOND)) : 1
    for (const client of clients.splice(0, perTick)) this.#notify(client)
    if (clients.length > 0) {
      const wait = Math.max(1, step * perTick)
      this.#nextBatch = this.#runtime.setTimeout(() => this.#notifyGradually(clients, step), wait)
    }
  }

  #notify(client: WebSocketLike): void {
    if (client.readyState === CLOSED) return
    if (client.readyState === OPEN) {
      this.#guard('close() of a WebSocket', () => client.close(GOING_AWAY, 'the server is going away'))
    }
    this.#notified.set(
      client,
      this.#runtime.setTimeout(() => this.#terminate(client), this.#answerTime),
    )
  }
}
