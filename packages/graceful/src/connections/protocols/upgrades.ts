import type { IncomingMessage } from 'node:http'
import { Socket, type Server } from 'node:net'
import { UnownedWebSocket } from './unowned-web-socket.js'

/** By socket, for all servers: one that listens on another address can pass its upgrades to the main server. */
const webSockets = new WeakMap<object, UnownedWebSocket>()

/**
 * Follows the WebSockets of a server from their upgrade on, because nothing about an upgraded socket shows its protocol later. The
 * cost is two calls for each upgrade, and one for each write to a WebSocket that `ws` does not own. A request costs nothing.
 *
 * A server with an `upgrade` listener does not handle upgrade requests as ordinary requests. So the library has one only while the
 * application has one.
 */
export class Upgrades {
  readonly #server: Server

  constructor(server: Server) {
    this.#server = server
    if (server.listenerCount('upgrade') > 0) this.#install()
    server.on('newListener', this.#onNewListener)
    server.on('removeListener', this.#onRemoveListener)
  }

  /** Returns the WebSocket of an upgraded socket, even if the application has not answered the upgrade yet. */
  webSocketOf(socket: object): UnownedWebSocket | undefined {
    return webSockets.get(socket)
  }

  detach(): void {
    this.#server.off('newListener', this.#onNewListener)
    this.#server.off('removeListener', this.#onRemoveListener)
    this.#server.off('upgrade', this.#onUpgrade)
  }

  readonly #onUpgrade = (request: IncomingMessage, socket: unknown): void => {
    // Tests of other code emit the event with streams of their own.
    if (!(socket instanceof Socket) || request.headers.upgrade?.toLowerCase() !== 'websocket') return
    if (webSockets.has(socket)) return
    webSockets.set(socket, new UnownedWebSocket(socket, () => webSockets.delete(socket)))
  }

  readonly #onNewListener = (event: string | symbol, listener: unknown): void => {
    if (event === 'upgrade' && listener !== this.#onUpgrade) this.#install()
  }

  readonly #onRemoveListener = (event: string | symbol): void => {
    if (event !== 'upgrade' || this.#server.listenerCount('upgrade') !== 1) return
    this.#server.off('upgrade', this.#onUpgrade)
  }

  #install(): void {
    if (this.#server.listeners('upgrade').includes(this.#onUpgrade)) return
    this.#server.prependListener('upgrade', this.#onUpgrade)
  }
}
