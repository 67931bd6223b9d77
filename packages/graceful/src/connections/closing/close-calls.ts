import type { Server } from 'node:net'
import { replaceMethod } from '../node/replace-method.js'

type Callback = (error?: Error) => void
type Closing = Server & { closeIdleConnections?(): void; closeAllConnections?(): void }

/**
 * Intercepts calls of `server.close()` by other code from the signal on: another SIGTERM listener, the shutdown of a framework, or
 * a hook.
 *
 * Before the library closes the listener, such a call would refuse the connections that the delay is for. It would also close idle
 * connections while a request is on its way, as `closeIdleConnections()` and `closeAllConnections()` do. After that, it would fail
 * with `ERR_SERVER_NOT_RUNNING`, and the hook that calls it would fail the shutdown. So from the signal on these methods start
 * nothing. The callback of a hook runs when the server has closed. The callbacks of earlier callers run last: they often call
 * `process.exit()`, which would cut off the hooks.
 */
export class CloseCalls {
  readonly #server: Closing
  readonly #hooksStarted: () => boolean
  readonly #earlyCallbacks: Callback[] = []
  readonly #hookCallbacks: Callback[] = []
  readonly #restore: (() => void)[] = []
  #closed = false
  #finished = false

  constructor(server: Server, hooksStarted: () => boolean) {
    this.#server = server
    this.#hooksStarted = hooksStarted
  }

  /** Starts to intercept calls. */
  intercept(): void {
    const server = this.#server
    this.#restore.push(
      replaceMethod(server, 'close', (callback?: Callback) => {
        if (typeof callback === 'function') this.#add(callback)
        return server
      }),
    )
    for (const name of ['closeIdleConnections', 'closeAllConnections'] as const) {
      if (server[name] !== undefined) this.#restore.push(replaceMethod(server, name, () => {}))
    }
    server.once('close', this.#onClosed)
    // A server that does not listen emits no `close` event.
    if (!server.listening) this.#onClosed()
  }

  /**
   * Runs the callbacks of the calls before the hooks.
   *
   * @returns their number
   */
  runEarlyCallbacks(): number {
    this.#finished = true
    const callbacks = this.#earlyCallbacks.splice(0)
    for (const callback of callbacks) process.nextTick(callback)
    return callbacks.length
  }

  restore(): void {
    this.#server.off('close', this.#onClosed)
    for (const restore of this.#restore.splice(0)) restore()
  }

  #add(callback: Callback): void {
    if (!this.#hooksStarted() && !this.#finished) this.#earlyCallbacks.push(callback)
    else if (this.#closed) process.nextTick(callback)
    else this.#hookCallbacks.push(callback)
  }

  readonly #onClosed = (): void => {
    this.#closed = true
    for (const callback of this.#hookCallbacks.splice(0)) process.nextTick(callback)
  }
}
