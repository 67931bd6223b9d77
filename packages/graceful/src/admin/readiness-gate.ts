import type { Server } from 'node:net'
import type { Lifecycle } from '../lifecycle.js'
import { invalid } from '../options/validation.js'
import type { Runtime } from '../process/runtime.js'

/**
 * Changes the state from `starting` to `ready`, when every server serves and the application has not called `notReady`. Without a
 * server that is one turn of the event loop later, so that the application can call `notReady` first.
 *
 * If other code closes a server without a signal, the state goes back to `starting` until the server serves again.
 */
export class ReadinessGate {
  readonly #lifecycle: Lifecycle
  readonly #servers: readonly Server[]
  readonly #isServing: (server: Server) => boolean
  readonly #onChange: () => void
  readonly #onConnection: () => void
  #reason: string | undefined
  #closed = false

  /** @param isServing returns whether a server listens, or gets its connections from other code */
  constructor(
    runtime: Runtime,
    lifecycle: Lifecycle,
    servers: readonly Server[],
    isServing: (server: Server) => boolean,
  ) {
    this.#lifecycle = lifecycle
    this.#servers = servers
    this.#isServing = isServing
    this.#onChange = () => this.update()
    this.#onConnection = () => {
      if (lifecycle.state === 'starting') this.update()
    }
    for (const server of servers) {
      server.on('listening', this.#onChange)
      server.on('close', this.#onChange)
      server.on('connection', this.#onConnection)
    }
    if (servers.length > 0) this.update()
    else runtime.setImmediate(() => this.update())
  }

  /** Reason why the service is not ready; undefined if it is ready, or has not listened yet. */
  get reason(): string | undefined {
    return this.#reason ?? (this.#closed ? 'the server was closed by other code' : undefined)
  }

  ready(): void {
    this.#reason = undefined
    this.update()
  }

  notReady(reason: string): void {
    if (typeof reason !== 'string' || reason === '')
      throw invalid('the reason of notReady', 'a non-empty string', reason)
    this.#reason = reason
  }

  /** Changes the state if the servers have changed. A server that is closing emits no event while it has connections. */
  update(): void {
    const { state } = this.#lifecycle
    if (state === 'ready') {
      this.#closed = !this.#servers.every(this.#isServing)
      if (this.#closed) this.#lifecycle.enter('starting')
    } else if (state === 'starting' && this.#servers.every(this.#isServing)) {
      this.#closed = false
      if (this.#reason === undefined) this.#lifecycle.enter('ready')
    }
  }

  /** Removes the listeners from the servers. */
  detach(): void {
    for (const server of this.#servers) {
      server.off('listening', this.#onChange)
      server.off('close', this.#onChange)
      server.off('connection', this.#onConnection)
    }
  }
}
