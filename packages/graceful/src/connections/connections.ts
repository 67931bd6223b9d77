import type { IncomingMessage } from 'node:http'
import type { Server, Socket } from 'node:net'
import type { Settings } from '../options/settings.js'
import type { Runtime } from '../process/runtime.js'
import type { Graceful, OpenConnection } from '../types.js'
import type { Arrivals } from './arrivals.js'
import type { CloseCallers } from './closing/close-calls.js'
import { siblingsOf } from './node/siblings.js'
import { Upgraded } from './protocols/upgraded.js'
import { Callers } from './requests/callers.js'
import { DrainSignals } from './requests/drain-signal.js'
import { EventStreamEnder } from './requests/event-streams.js'
import { whenOnlyLongPolls } from './requests/long-polls.js'
import { ServerConnections, type Shared } from './server-connections.js'

/**
 * All connections of the application: every server, stream and upgraded socket. The shutdown calls five verbs, in this order:
 * `enterLameDuck`, `closeListeners`, `drain`, `endLinger` near the end of the drain, and `destroy` at its end.
 */
export class Connections {
  readonly #servers = new Map<Server, ServerConnections>()
  readonly #shared: Shared
  readonly #drainSignals: DrainSignals
  readonly #upgraded: Upgraded
  readonly #callers: Callers
  #stage: 'serving' | 'lameDuck' | 'closed' = 'serving'
  /** Servers that handlers of the others can call, such as the upstream of a proxy. They serve until the others are drained. */
  #internal: readonly ServerConnections[] = []
  readonly #onServerClosed: (this: Server) => void

  constructor(
    servers: readonly Server[],
    settings: Settings,
    runtime: Runtime,
    arrivals: Arrivals,
    closeCallers: CloseCallers,
  ) {
    this.#drainSignals = new DrainSignals()
    this.#upgraded = new Upgraded(runtime, settings)
    this.#shared = {
      runtime,
      arrivals,
      drainSignals: this.#drainSignals,
      eventStreams: new EventStreamEnder(settings.eventStreams, settings.logger),
      upgraded: this.#upgraded,
      closeCallers,
      onStalled: (connections) =>
        settings.logger.warn({ connections }, 'graceful: destroyed a connection, because its client stopped reading'),
    }
    this.#callers = new Callers(runtime, () => this.#all.map(({ openSockets }) => openSockets))
    const forget = (server: Server): void => this.forget(server)
    this.#onServerClosed = function () {
      forget(this)
    }
    for (const server of servers) this.#add(server)
  }

  get #all(): ServerConnections[] {
    return [...this.#servers.values()]
  }

  /**
   * Adds a server that appeared later, until it closes. The listener of a server that is added after {@link closeListeners} closes at
   * once.
   *
   * @returns whether the server was not known
   */
  attach(server: Server): boolean {
    if (this.#servers.has(server)) return false
    server.on('close', this.#onServerClosed)
    const added = this.#add(server)
    if (this.#stage !== 'serving') added.enterLameDuck()
    if (this.#stage === 'closed') void added.closeListener(0)
    return true
  }

  /** Socket of the HTTP/1.1 request whose handler is running, before its first `await`. */
  get handlerSocket(): Socket | undefined {
    return this.#all.map((server) => server.handlerSocket).find((socket) => socket !== undefined)
  }

  /** Resolves when only connections whose handlers wait for this are open. */
  async othersClosed(socket: Socket): Promise<void> {
    await this.#callers.add(socket)
  }

  /**
   * Removes an attached server. A program can start servers for ever. During the shutdown this does nothing, because the library then needs
   * a closed server for its callbacks and methods.
   */
  forget(server: Server): void {
    if (this.#stage !== 'serving' || !server.listeners('close').includes(this.#onServerClosed)) return
    server.off('close', this.#onServerClosed)
    this.#servers.get(server)?.detach()
    this.#servers.delete(server)
    this.#upgraded.unfollow(server)
  }

  /** Returns whether a server listens, or gets its connections from other code. */
  isServing(server: Server): boolean {
    return this.#servers.get(server)?.serving ?? false
  }

  /** Reason why there is nothing to propagate; undefined if a server serves. */
  get unlisted(): 'no-server' | 'not-listening' | undefined {
    if (this.#servers.size === 0) return 'no-server'
    return this.#all.some((server) => server.serving) ? undefined : 'not-listening'
  }

  /**
   * Starts to add `Connection: close` to responses, and to intercept other calls of `server.close()`. Adds the servers of which the
   * application has not told the library: see {@link siblingsOf}.
   */
  enterLameDuck(): void {
    // A server that another createGraceful shuts down stays with it.
    const siblings = siblingsOf([...this.#servers.keys()]).filter(
      (server) => !this.#shared.runtime.state.attached.has(server),
    )
    for (const server of siblings) this.attach(server)
    this.#stage = 'lameDuck'
    for (const server of this.#all) server.enterLameDuck()
  }

  /**
   * Closes the listeners, so that the kernel refuses new connections. The listeners that only this host can reach close in
   * {@link drain}, unless the process has no others.
   *
   * @param limit time left in the budget, in ms
   */
  async closeListeners(limit: number): Promise<void> {
    this.#stage = 'closed'
    const internal = this.#all.filter(({ isInternal }) => isInternal)
    const others = this.#all.filter((server) => !internal.includes(server))
    if (others.some(({ serving }) => serving)) this.#internal = internal
    await closeAll(this.#internal.length > 0 ? others : this.#all, limit)
  }

  /**
   * Closes every connection after its last response or its linger time. Resolves when all connections are closed.
   *
   * @param remaining time left in the budget, in ms
   */
  async drain(remaining: number): Promise<void> {
    const drained = this.#drainServers(remaining)
    const sockets = this.#all.flatMap((server) => server.upgraded())
    this.#upgraded.drain(sockets, remaining)
    await drained
    this.#upgraded.stop()
  }

  /**
   * Calls `onAlone` once when all requests in flight are long polls, which end only when other code closes what they wait for.
   *
   * @returns a function that ends the wait
   */
  whenOnlyLongPolls(onAlone: () => void): () => void {
    return whenOnlyLongPolls(this.#shared.runtime, () => this.#inFlight(), onAlone)
  }

  /**
   * Closes the connections that have no request in flight.
   *
   * @param silence how long a connection can be silent after the library has closed its side, in ms
   */
  endLinger(silence: number): void {
    for (const server of this.#all) server.endLinger(silence)
    this.#upgraded.endLinger(silence)
  }

  /** Destroys the connections that are still open. */
  async destroy(): Promise<void> {
    await Promise.all(this.#all.map(async (server) => server.destroy()))
  }

  /** Describes every open connection, with one entry for each HTTP/2 stream. */
  describe(): OpenConnection[] {
    return this.#all.flatMap((server) => server.describe())
  }

  /** Describes the connections and streams on which a response is owed. */
  describeOwed(): OpenConnection[] {
    return this.#all.flatMap((server) => server.describeOwed())
  }

  /** See {@link Graceful.drainSignal}. */
  drainSignal(request: Parameters<Graceful['drainSignal']>[0]): AbortSignal {
    return this.#drainSignals.signalFor(request)
  }

  /** Calls what waits for the close of a server. */
  answerCloseCalls(): void {
    for (const server of this.#all) server.answerCloseCalls()
  }

  /** Removes every listener and restores every method of the servers. */
  detach(): void {
    for (const [server, connections] of this.#servers) {
      server.off('close', this.#onServerClosed)
      connections.detach()
    }
    this.#upgraded.detach()
  }

  #add(server: Server): ServerConnections {
    this.#upgraded.follow(server)
    const added = new ServerConnections(server, this.#shared)
    this.#servers.set(server, added)
    return added
  }

  /** Generates the requests whose responses the service owes; undefined for an HTTP/2 session or an upgraded socket. */
  *#inFlight(): Generator<IncomingMessage | undefined> {
    for (const server of this.#all) yield* server.inFlight()
  }

  /** Drains every server, also those that appear during the drain; the internal ones after the others. */
  async #drainServers(remaining: number): Promise<void> {
    const { runtime } = this.#shared
    const end = runtime.now() + remaining
    const started = new Set(this.#internal)
    await this.#drainOthers(started, remaining)
    const left = (): number => Math.max(0, end - runtime.now())
    await closeAll(this.#internal, left())
    await Promise.all(this.#internal.map(async (server) => server.drain(left())))
    await this.#drainOthers(started, left())
  }

  /** Drains the servers that are not in `started`, until there are no more. */
  async #drainOthers(started: Set<ServerConnections>, remaining: number): Promise<void> {
    const others = (): ServerConnections[] => this.#all.filter((server) => !started.has(server))
    for (let next = others(); next.length > 0; next = others()) {
      for (const server of next) started.add(server)
      // oxlint-disable-next-line no-await-in-loop -- a second round has only servers that appeared during the first
      await Promise.all(next.map(async (server) => server.drain(remaining)))
    }
  }
}

async function closeAll(servers: readonly ServerConnections[], limit: number): Promise<void> {
  await Promise.all(servers.map(async (server) => server.closeListener(limit)))
}
