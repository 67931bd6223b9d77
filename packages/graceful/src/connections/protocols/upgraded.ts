import type { Duplex } from 'node:stream'
import type { Runtime } from '../../process/runtime.js'
import type { Logger } from '../../process/logger.js'
import { errorMessage } from '../../process/error-text.js'

/** The part of `ws`'s WebSocketServer that the drain needs; any server of this shape will do. */
export interface WebSocketServerLike {
  readonly clients: Iterable<WebSocketLike>
  on(event: 'connection', listener: (client: WebSocketLike) => void): unknown
  /** By this `uninstall()` takes the library's listener off; without it the listener stays, and does nothing. */
  off?(event: 'connection', listener: (client: WebSocketLike) => void): unknown
}

/** The part of `ws`'s WebSocket that the drain needs. */
export interface WebSocketLike {
  readonly readyState: number
  close(code: number, reason: string): void
  terminate(): void
}

export interface UpgradedSettings {
  readonly webSocketServers: readonly WebSocketServerLike[]
  readonly drainUpgraded: ((socket: Duplex) => void) | undefined
  readonly logger: Logger
}

/** RFC 6455 §7.4.1: the endpoint is going away. */
const GOING_AWAY = 1001
const OPEN = 1
/** How many clients a second are told: they all come back at once, to the pods that are left. */
const PER_SECOND = 1_000

/**
 * Connections that have left HTTP. Node knows nothing of them any more: no close of a server ends them.
 *
 * WebSockets are sent a close frame with 1001 and are left to echo it, spread over time; whoever has not echoed when the
 * lingering ends is terminated, for it has been told; whoever is told only then has a short silence for it. Of any other protocol
 * only the application knows how to say goodbye: it is handed each socket, and what is open at the deadline is destroyed.
 */
export class Upgraded {
  readonly #runtime: Runtime
  readonly #settings: UpgradedSettings
  readonly #told = new Set<WebSocketLike>()
  readonly #webSockets = new WeakSet<object>()
  #draining = false
  /** Once the lingering has ended: what those that are told from then on are given, in ms. */
  #silence: number | undefined
  /** An upgrade on a connection that was still lingering. */
  readonly #onConnection = (client: WebSocketLike): void => {
    if (!this.#draining) return
    this.#recognize(client)
    this.#tell(client)
  }

  constructor(runtime: Runtime, settings: UpgradedSettings) {
    this.#runtime = runtime
    this.#settings = settings
  }

  /** `remaining`: what is left of the budget, in ms; half of it may be spent on the spreading. */
  drain(sockets: Iterable<Duplex>, remaining: number): void {
    this.#draining = true
    const clients: WebSocketLike[] = []
    for (const server of this.#settings.webSocketServers) {
      clients.push(...server.clients)
      server.on('connection', this.#onConnection)
    }
    const spread = Math.min(remaining / 2, (clients.length / PER_SECOND) * 1_000)
    const step = clients.length > 0 ? spread / clients.length : 0
    for (const client of clients) this.#recognize(client)
    for (const socket of sockets) this.#handOver(socket)
    this.#tellInTurn(clients, step)
  }

  /** Leaves the servers as they were found. */
  detach(): void {
    this.#draining = false
    for (const server of this.#settings.webSocketServers) server.off?.('connection', this.#onConnection)
  }

  /** A connection has just left HTTP. In the drain it is told at once: it came on one that was still lingering. */
  opened(socket: Duplex): void {
    if (this.#draining) this.#handOver(socket)
  }

  /** Its socket is where ws keeps it: no public name leads from one to the other. */
  #recognize(client: WebSocketLike): void {
    const socket = (client as { _socket?: object | null })._socket
    if (socket) this.#webSockets.add(socket)
  }

  #handOver(socket: Duplex): void {
    if (this.#webSockets.has(socket)) return
    try {
      this.#settings.drainUpgraded?.(socket)
    } catch (error) {
      this.#settings.logger.warn({ error: errorMessage(error) }, 'graceful: drainUpgraded threw')
    }
  }

  /** `silence`: how long those that are told from here on have for their echo, in ms. */
  endLinger(silence: number): void {
    this.#silence = silence
    for (const client of this.#told) client.terminate()
  }

  #tellInTurn(clients: WebSocketLike[], step: number): void {
    // Timers are no finer than a millisecond: so many clients a tick that the whole takes its time.
    const perTick = step < 1 ? Math.ceil(1 / Math.max(step, 1 / PER_SECOND)) : 1
    for (const client of clients.splice(0, perTick)) this.#tell(client)
    if (clients.length > 0) {
      this.#runtime.setTimeout(() => this.#tellInTurn(clients, step), Math.max(1, step * perTick))
    }
  }

  #tell(client: WebSocketLike): void {
    if (client.readyState !== OPEN) return
    this.#told.add(client)
    client.close(GOING_AWAY, 'the server is going away')
    if (this.#silence !== undefined) this.#runtime.setTimeout(() => client.terminate(), this.#silence)
  }
}
