import type { Server } from 'node:net'
import { replaceMethod } from '../../process/replace-method.js'

type Callback = (error?: Error) => void
type Listener = (...args: unknown[]) => unknown
type Closing = Server & { closeIdleConnections?(): void; closeAllConnections?(): void }

/** The code that calls `server.close()`. */
export interface CloseCallers {
  /** `early`: before the hooks. `hook`: a hook. `late`: a signal listener of other code, which runs after the hooks. */
  readonly closeCaller: 'early' | 'hook' | 'late'
  /** Calls a function of other code after the hooks, and follows what it starts. */
  run(name: string, call: () => unknown): void
}

/**
 * Intercepts calls of `server.close()` by other code from the signal on: another SIGTERM listener, the shutdown of a framework, or
 * a hook.
 *
 * Before the library closes the listener, such a call would refuse the connections that the delay is for. It would also close idle
 * connections while a request is on its way, as `closeIdleConnections()` and `closeAllConnections()` do. After that, it would fail
 * with `ERR_SERVER_NOT_RUNNING`, and the hook that calls it would fail the shutdown. So from the signal on these methods start
 * nothing. The callback of a hook runs when the server has closed. The callbacks of earlier callers, and the listeners for the `close`
 * event, run after the hooks. They often close what the hooks still use, or call `process.exit()`.
 */
export class CloseCalls {
  readonly #server: Closing
  readonly #callers: CloseCallers
  readonly #earlyCallbacks: Callback[] = []
  /** Callbacks that wait until the server has closed. */
  readonly #waiting: (() => void)[] = []
  /** Listeners for the `close` event at that moment, which run after the hooks; undefined before it. */
  #listeners: Set<Listener> | undefined
  /** Those that have run. */
  readonly #called = new Set<Listener>()
  readonly #restore: (() => void)[] = []
  #closed = false

  constructor(server: Server, callers: CloseCallers) {
    this.#server = server
    this.#callers = callers
  }

  /** Starts to intercept calls. */
  intercept(): void {
    const server = this.#server
    this.#restore.push(
      replaceMethod(server, 'close', (callback?: Callback) => {
        this.#add(typeof callback === 'function' ? callback : ignore)
        return server
      }),
    )
    for (const name of ['closeIdleConnections', 'closeAllConnections'] as const) {
      if (server[name] !== undefined) this.#restore.push(replaceMethod(server, name, () => {}))
    }
    if (!server.listening) this.#closed = true
  }

  /** The server has closed. Takes the place of the `close` event. */
  onClosed(): void {
    this.#closed = true
    this.#listeners = new Set(this.#closeListeners)
    for (const answer of this.#waiting.splice(0)) process.nextTick(answer)
    if (this.#callers.closeCaller === 'late') this.#emitClose()
  }

  /** Calls the callbacks of the calls before the hooks, and the listeners for the `close` event. */
  answer(): void {
    for (const callback of this.#earlyCallbacks.splice(0)) this.#callers.run('a callback of server.close()', callback)
    this.#emitClose()
  }

  restore(): void {
    for (const restore of this.#restore.splice(0)) restore()
  }

  #add(callback: Callback): void {
    const { closeCaller } = this.#callers
    if (closeCaller === 'early') {
      if (callback !== ignore) this.#earlyCallbacks.push(callback)
      return
    }
    const answer = (): void => {
      if (closeCaller === 'hook') callback()
      else this.#callers.run('a callback of server.close()', callback)
      this.#emitClose(closeCaller === 'hook' ? this.#listeners : undefined)
    }
    if (this.#closed) process.nextTick(answer)
    else this.#waiting.push(answer)
  }

  get #closeListeners(): Listener[] {
    return this.#server.rawListeners('close') as Listener[]
  }

  /**
   * Calls the listeners for the `close` event that have not been called yet: code that calls `close()` late also listens late.
   *
   * @param later those that run later
   */
  #emitClose(later?: ReadonlySet<Listener>): void {
    // A server that has not listened emits no `close` event.
    if (this.#listeners === undefined) return
    for (const listener of this.#closeListeners) {
      if (this.#called.has(listener) || later?.has(listener)) continue
      this.#called.add(listener)
      this.#callers.run("a 'close' listener of a server", () => listener.call(this.#server))
    }
  }
}

const ignore = (): void => {}
