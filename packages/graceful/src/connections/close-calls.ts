import type { Server } from 'node:net'
import { replaceMethod } from './method.js'

type Callback = (error?: Error) => void

/**
 * What becomes of `server.close()` by anybody else once the signal has come: another listener of SIGTERM, a framework's own
 * shutdown, a hook.
 *
 * Before the library has closed the listener it would refuse the very connections that the delay is for, and Node's `close` would
 * end idle ones under requests that are on their way. After that it would be an error (`ERR_SERVER_NOT_RUNNING`), and a hook that
 * fails of it would fail the shutdown. So from the signal on it starts nothing: it calls back when the server has closed.
 */
export class CloseCalls {
  readonly #server: Server
  readonly #waiting: Callback[] = []
  #closed = false
  #restore: () => void = () => {}

  constructor(server: Server) {
    this.#server = server
  }

  /** From here on. */
  hold(): void {
    const server = this.#server
    this.#restore = replaceMethod(server, 'close', (callback?: Callback) => {
      if (typeof callback === 'function') {
        if (this.#closed) process.nextTick(callback)
        else this.#waiting.push(callback)
      }
      return server
    })
    server.once('close', this.#release)
    // One that never listened, or no longer, will not say that it has closed.
    if (!server.listening) this.#release()
  }

  restore(): void {
    this.#server.off('close', this.#release)
    this.#restore()
  }

  readonly #release = (): void => {
    this.#closed = true
    for (const callback of this.#waiting.splice(0)) process.nextTick(callback)
  }
}
