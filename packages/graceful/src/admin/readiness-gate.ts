import type { Server } from 'node:net'
import type { Lifecycle } from '../lifecycle.js'
import { invalid } from '../options/validation.js'
import type { Runtime } from '../process/runtime.js'

/**
 * Changes the state from `starting` to `ready`, when every server listens and the application has not called `notReady`. Without a
 * server that is one turn of the event loop later, so that the application can call `notReady` first.
 */
export class ReadinessGate {
  readonly #lifecycle: Lifecycle
  readonly #servers: readonly Server[]
  readonly #onListening: () => void
  #reason: string | undefined

  constructor(runtime: Runtime, lifecycle: Lifecycle, servers: readonly Server[]) {
    this.#lifecycle = lifecycle
    this.#servers = servers
    this.#onListening = () => this.#enterReady()
    for (const server of servers) server.on('listening', this.#onListening)
    if (servers.length > 0) this.#enterReady()
    else runtime.setImmediate(() => this.#enterReady())
  }

  /** Reason that the application has passed to `notReady`; undefined if it is ready. */
  get reason(): string | undefined {
    return this.#reason
  }

  ready(): void {
    this.#reason = undefined
    this.#enterReady()
  }

  notReady(reason: string): void {
    if (typeof reason !== 'string' || reason === '')
      throw invalid('the reason of notReady', 'a non-empty string', reason)
    this.#reason = reason
  }

  /** Removes the listeners from the servers. */
  detach(): void {
    for (const server of this.#servers) server.off('listening', this.#onListening)
  }

  #enterReady(): void {
    const listening = this.#servers.every((server) => server.listening)
    if (this.#lifecycle.state === 'starting' && listening && this.#reason === undefined) this.#lifecycle.enter('ready')
  }
}
