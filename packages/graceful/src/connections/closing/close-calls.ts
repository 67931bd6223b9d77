import type { Server } from 'node:net'
import { replaceMethod } from '../node/replace-method.js'

type Callback = (error?: Error) => void
type Closing = Server & { closeIdleConnections?(): void; closeAllConnections?(): void }

/**
 * What becomes of `server.close()` by anybody else once the signal has come: another listener of SIGTERM, a framework's own
 * shutdown, a hook.
 *
 * Before the library has closed the listener it would refuse the very connections that the delay is for, and Node's `close` would
 * end idle ones under requests that are on their way, as `closeIdleConnections()` and `closeAllConnections()` do. After that it
 * would be an error (`ERR_SERVER_NOT_RUNNING`), and a hook that fails of it would fail the shutdown. So from the signal on none of
 * them starts anything. A hook is called back when the server has closed. Who called before is called back last of all: what
 * stands in that callback is `process.exit()` more often than not, and the hooks have yet to run.
 */
export class CloseCalls {
  readonly #server: Closing
  readonly #early: Callback[] = []
  readonly #ofHooks: Callback[] = []
  readonly #restore: (() => void)[] = []
  #closed = false
  #hooksRun = false

  constructor(server: Server) {
    this.#server = server
  }

  /** From here on. */
  hold(): void {
    const server = this.#server
    this.#restore.push(
      replaceMethod(server, 'close', (callback?: Callback) => {
        if (typeof callback === 'function') this.#take(callback)
        return server
      }),
    )
    for (const name of ['closeIdleConnections', 'closeAllConnections'] as const) {
      if (server[name] !== undefined) this.#restore.push(replaceMethod(server, name, () => {}))
    }
    server.once('close', this.#hasClosed)
    // One that never listened, or no longer, will not say that it has closed.
    if (!server.listening) this.#hasClosed()
  }

  /** From here on it is a hook that calls, and waits for the answer. */
  beginHooks(): void {
    this.#hooksRun = true
  }

  /**
   * Calls back who called before the hooks.
   *
   * @returns how many they are
   */
  answer(): number {
    this.#hooksRun = true
    const callbacks = this.#early.splice(0)
    for (const callback of callbacks) process.nextTick(callback)
    return callbacks.length
  }

  restore(): void {
    this.#server.off('close', this.#hasClosed)
    for (const restore of this.#restore.splice(0)) restore()
  }

  #take(callback: Callback): void {
    if (!this.#hooksRun) this.#early.push(callback)
    else if (this.#closed) process.nextTick(callback)
    else this.#ofHooks.push(callback)
  }

  readonly #hasClosed = (): void => {
    this.#closed = true
    for (const callback of this.#ofHooks.splice(0)) process.nextTick(callback)
  }
}
