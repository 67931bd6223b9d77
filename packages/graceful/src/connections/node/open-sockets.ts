import type { Server, Socket } from 'node:net'
import { withResolvers } from '../../deadline.js'
import { openSockets, rawSocketOf } from './internals.js'

/**
 * The open sockets of one server. It costs a connection one entry in a set, and a request nothing.
 *
 * Under TLS a connection is two sockets: the raw one until the handshake is done, then the encrypted one in its place.
 */
export class OpenSockets {
  readonly open: Set<Socket> = new Set()
  readonly #server: Server
  readonly #onOpen: (socket: Socket, isNew: boolean) => void
  readonly #handshake = new WeakMap<Socket, number>()
  /** One for all of them: a closure each would cost every connection its memory. */
  readonly #closed: (this: Socket) => void
  #accepted = 0
  #empty = withResolvers()

  /** `onOpen` hears of each socket; `isNew` is false for the TLS socket of a connection that it has heard of before. */
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
  }

  /** How many connections the server has accepted since the tracker was made. */
  get accepted(): number {
    return this.#accepted
  }

  /** Whether the client has sent anything, its TLS handshake aside. */
  hasSpoken(socket: Socket): boolean {
    return socket.bytesRead > (this.#handshake.get(socket) ?? 0)
  }

  /** Resolves at the next moment at which no socket is open. */
  async empty(): Promise<void> {
    if (this.open.size > 0) await this.#empty.promise
  }

  stop(): void {
    this.#server.off('connection', this.#connection)
    this.#server.off('secureConnection', this.#secureConnection)
    for (const socket of this.open) socket.off('close', this.#closed)
  }

  readonly #connection = (socket: Socket): void => {
    this.#accepted += 1
    this.#add(socket)
    this.#onOpen(socket, true)
  }

  readonly #secureConnection = (socket: Socket): void => {
    const raw = rawSocketOf(socket)
    this.#handshake.set(socket, socket.bytesRead)
    this.#add(socket)
    if (raw !== undefined) this.#remove(raw)
    this.#onOpen(socket, false)
  }

  #add(socket: Socket): void {
    if (socket.destroyed) return
    this.open.add(socket)
    socket.once('close', this.#closed)
  }

  #remove(socket: Socket): void {
    if (this.open.delete(socket) && this.open.size === 0) {
      this.#empty.resolve()
      this.#empty = withResolvers()
    }
  }
}
