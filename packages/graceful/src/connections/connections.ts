import type { Server, Socket } from 'node:net'
import type { Settings } from '../options/settings.js'
import type { Runtime } from '../process/runtime.js'
import type { Graceful, OpenConnection } from '../types.js'
import type { Arrivals } from './arrivals.js'
import { Upgraded } from './protocols/upgraded.js'
import { Callers } from './requests/callers.js'
import { DrainSignals } from './requests/drain-signal.js'
import { EventStreamEnder } from './requests/event-streams.js'
import { ServerConnections, type Shared } from './server-connections.js'

/**
 * All connections of the application: every server, stream and upgraded socket. The shutdown calls five verbs, in this order:
 * `enterLameDuck`, `closeListeners`, `drain`, `endLinger` near the end of the drain, and `destroy` at its end.
 */
export class Connections {
  readonly #servers: readonly ServerConnections[]
  readonly #drainSignals: DrainSignals
  readonly #upgraded: Upgraded
  readonly #callers: Callers

  /** @param hooksStarted tells whether the hooks have started: see {@link CloseCalls} */
  constructor(
    servers: readonly Server[],
    settings: Settings,
    runtime: Runtime,
    arrivals: Arrivals,
    hooksStarted: () => boolean,
  ) {
    this.#drainSignals = new DrainSignals()
    this.#upgraded = new Upgraded(runtime, settings, servers)
    const shared: Shared = {
      runtime,
      arrivals,
      drainSignals: this.#drainSignals,
      eventStreams: new EventStreamEnder(settings.eventStreams, settings.logger),
      upgraded: this.#upgraded,
      hooksStarted,
      onStalled: (connections) =>
        settings.logger.warn({ connections }, 'graceful: destroyed a connection, because its client stopped reading'),
    }
    this.#servers = servers.map((server) => new ServerConnections(server, shared))
    this.#callers = new Callers(runtime, () => this.#servers.map(({ openSockets }) => openSockets))
  }

  /** Socket of the HTTP/1.1 request whose handler is running, before its first `await`. */
  get handlerSocket(): Socket | undefined {
    return this.#servers.map((server) => server.handlerSocket).find((socket) => socket !== undefined)
  }

  /** Resolves when only connections whose handlers wait for this are open. */
  async othersClosed(socket: Socket): Promise<void> {
    await this.#callers.add(socket)
  }

  /** Whether a server listens. */
  get listening(): boolean {
    return this.#servers.some((server) => server.listening)
  }

  /** Keep-alive timeout of each server, in ms. */
  get idleTimes(): number[] {
    return this.#servers.map((server) => server.idleTime)
  }

  /** Starts to add `Connection: close` to responses, and to intercept other calls of `server.close()`. */
  enterLameDuck(): void {
    for (const server of this.#servers) server.enterLameDuck()
  }

  /**
   * Closes the listeners, so that the kernel refuses new connections.
   *
   * @param limit time left in the budget, in ms
   */
  async closeListeners(limit: number): Promise<void> {
    await Promise.all(this.#servers.map(async (server) => server.closeListener(limit)))
  }

  /**
   * Closes every connection after its last response or its linger time. Resolves when all connections are closed.
   *
   * @param remaining time left in the budget, in ms
   */
  async drain(remaining: number): Promise<void> {
    const drained = Promise.all(this.#servers.map(async (server) => server.drain(remaining)))
    const sockets = this.#servers.flatMap((server) => server.upgraded())
    this.#upgraded.drain(sockets, remaining)
    await drained
    this.#upgraded.stop()
  }

  /**
   * Closes the connections that have no request in flight.
   *
   * @param silence how long a connection can be silent after the library has closed its side, in ms
   */
  endLinger(silence: number): void {
    for (const server of this.#servers) server.endLinger(silence)
    this.#upgraded.endLinger(silence)
  }

  /** Destroys the connections that are still open. */
  async destroy(): Promise<void> {
    await Promise.all(this.#servers.map(async (server) => server.destroy()))
  }

  /** Describes every open connection, with one entry for each HTTP/2 stream. */
  describe(): OpenConnection[] {
    return this.#servers.flatMap((server) => server.describe())
  }

  /** Describes the connections and streams on which a response is owed. */
  describeOwed(): OpenConnection[] {
    return this.#servers.flatMap((server) => server.describeOwed())
  }

  /** See {@link Graceful.drainSignal}. */
  drainSignal(request: Parameters<Graceful['drainSignal']>[0]): AbortSignal {
    return this.#drainSignals.signalFor(request)
  }

  /** Runs the callbacks that other code passed to `server.close()` before the hooks, and returns their number. */
  runCloseCallbacks(): number {
    return this.#servers.reduce((sum, server) => sum + server.runCloseCallbacks(), 0)
  }

  /** Removes every listener and restores every method of the servers. */
  detach(): void {
    for (const server of this.#servers) server.detach()
    this.#upgraded.detach()
  }
}
