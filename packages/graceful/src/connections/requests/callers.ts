import type { Socket } from 'node:net'
import type { Runtime } from '../../process/runtime.js'

/** How often the library looks for other open connections while a handler waits, in ms. */
const PAUSE = 20

/**
 * Connections whose request handlers wait for the shutdown. The shutdown waits for their responses, so each of the two would wait for the
 * other. The wait of the handlers ends when no other connection is open.
 */
export class Callers {
  readonly #runtime: Runtime
  readonly #open: () => readonly ReadonlySet<Socket>[]
  readonly #sockets = new Set<Socket>()

  /** @param open returns the open sockets of each server */
  constructor(runtime: Runtime, open: () => readonly ReadonlySet<Socket>[]) {
    this.#runtime = runtime
    this.#open = open
  }

  /** Resolves when only connections of callers are open. */
  async add(socket: Socket): Promise<void> {
    this.#sockets.add(socket)
    socket.once('close', () => this.#sockets.delete(socket))
    // oxlint-disable-next-line no-await-in-loop -- a listener on every connection would cost more than this
    while (!this.#areAlone()) await new Promise<void>((resolve) => this.#runtime.setTimeout(resolve, PAUSE))
  }

  #areAlone(): boolean {
    const open = this.#open()
    const count = open.reduce((sum, { size }) => sum + size, 0)
    if (count > this.#sockets.size) return false
    return open.every((sockets) => [...sockets].every((socket) => this.#sockets.has(socket)))
  }
}
