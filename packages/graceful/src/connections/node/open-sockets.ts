import type { Server, Socket } from 'node:net'
import { withResolvers } from '../../deadline.js'
import { openSockets, rawSocketOf } from './internals.js'

/**
 * The open sockets of one server. The cost is one set entry for each connection, and nothing for a request.
 *
 * A TLS connection has two sockets: the raw socket until the handshake is complete, and the TLS socket after that.
 */
export class OpenSockets {
  readonly open: Set<Socket> = new Set()
  readonly #server: Server
  readonly #onOpen: (socket: Socket, isNew: boolean) => void
  /** Bytes of the TLS handshake. */
  readonly #handshakeBytes = new WeakMap<Socket, number>()
  /** One listener for all sockets: a closure for each would cost memory on every connection. */
  readonly #closed: (this: Socket) => void
  #accepted = 0
  #isFed = false
  #allClosed = withResolvers()

  /** `onOpen` is called with each socket; `isNew` is false for the TLS socket of a connection that is already known. */
  constructor(server: Server, onOpen: (socket: Socket, isNew: boolean) => void) {
    this.#server = server
    this.#onOpen = onOpen
    const remove = (socket: Socket) => this.#remove(socket)
    this.#closed = function () {
      remove(this)
    }
    for (const socket of openSockets(server)) this.#add(socket)
    server.on('connection', this.#connection)
    server.on('secureConnection', this.#secureConnection)
    server.on('close', this.#serverClosed)
  }

  /** Connections that the server has accepted since the library was attached. */
  get accepted(): number {
    return this.#accepted
  }

  /** Whether other code emits `connection` with sockets that it has accepted itself, as for sticky sessions. */
  get isFed(): boolean {
    return this.#isFed
  }

  /** Returns whether the client has sent data after its TLS handshake. */
  hasReceivedData(socket: Socket): boolean {
    return socket.bytesRead > (this.#handshakeBytes.get(socket) ?? 0)
  }

  /** Resolves as soon as no socket is open. */
  async allClosed(): Promise<void> {
    if (this.open.size > 0) await this.#allClosed.promise
  }

  stop(): void {
    this.#server.off('connection', this.#connection)
    this.#server.off('secureConnection', this.#secureConnection)
    this.#server.off('close', this.#serverClosed)
    for (const socket of this.open) socket.off('close', this.#closed)
  }

  readonly #connection = (socket: Socket): void => {
    this.#accepted += 1
    if (!this.#server.listening) this.#isFed = true
    this.#add(socket)
    this.#onOpen(socket, true)
  }

  readonly #secureConnection = (socket: Socket): void => {
    const raw = rawSocketOf(socket)
    this.#handshakeBytes.set(socket, socket.bytesRead)
    this.#add(socket)
    if (raw !== undefined) this.#remove(raw)
    this.#onOpen(socket, false)
  }

  readonly #serverClosed = (): void => {
    this.#isFed = false
  }

  #add(socket: Socket): void {
    if (socket.destroyed) return
    this.open.add(socket)
    socket.once('close', this.#closed)
  }

  #remove(socket: Socket): void {
    if (this.open.delete(socket) && this.open.size === 0) {
      this.#allClosed.resolve()
      this.#allClosed = withResolvers()
    }
  }
}
