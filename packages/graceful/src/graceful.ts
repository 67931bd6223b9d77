import type { IncomingMessage, Server as HttpServer } from 'node:http'
import type { Http2SecureServer, Http2Server, Http2ServerRequest } from 'node:http2'
import type { Server as HttpsServer } from 'node:https'
import type { Server } from 'node:net'
import { Server as NetServer } from 'node:net'
import { AdminServer } from './admin/admin-server.js'
import { Checks, type ReadinessCheck, type ReadinessCheckOptions } from './admin/checks.js'
import { ServerConnections } from './connections/server-connections.js'
import { Streams } from './connections/streams.js'
import { Upgraded } from './connections/upgraded.js'
import { processEnvironment, type Environment } from './environment.js'
import { Hooks, type Hook, type HookOptions } from './hooks.js'
import { Lifecycle, type State } from './lifecycle.js'
import { Metrics } from './metrics.js'
import { bad, settle, type GracefulOptions } from './options.js'
import { ArrivalRates } from './propagation.js'
import type { OpenConnection, ShutdownReport } from './report.js'
import { listenForSignals } from './signals.js'
import { shutDown } from './shutdown.js'

export type GracefulServer = HttpServer | HttpsServer | Http2Server | Http2SecureServer

/** What {@link createGraceful} returns. */
export interface Graceful {
  /** Where the service stands. */
  readonly state: State
  /** The port of the admin listener; undefined without one, or before it listens. */
  readonly adminPort: number | undefined
  /**
   * For a request whose response does not end by itself (a long poll, a stream): a signal that is aborted when the drain starts,
   * after the propagation delay. A handler that does not listen is left to finish until the deadline.
   *
   * @example graceful.drainSignal(request).addEventListener('abort', () => response.end())
   */
  drainSignal(request: IncomingMessage | Http2ServerRequest): AbortSignal
  /** Every open connection of the application and what it is doing. */
  connections(): OpenConnection[]
  /**
   * Adds a condition of readiness: `/readyz` is 503 while `check` throws, rejects or takes too long.
   * @returns what removes it again
   * @throws TypeError where the name is taken or an argument is of the wrong kind
   */
  addReadinessCheck(name: string, check: ReadinessCheck, options?: ReadinessCheckOptions): () => void
  /**
   * Adds what runs once the last connection is gone: closing a pool, flushing a buffer. One that throws or hangs never stops the
   * others; the exit code is then 1.
   * @returns what removes it again
   * @throws TypeError where an argument is of the wrong kind
   * @example graceful.onShutdown('database', async () => pool.end(), { order: 10, timeout: 5_000 })
   */
  onShutdown(name: string, hook: Hook, options?: HookOptions): () => void
  /** Takes back `notReady`. */
  ready(): void
  /** Fails readiness, with the reason in the answer of `/readyz`, until `ready()`. */
  notReady(reason: string): void
  /** Starts the shutdown as a signal does. Called again, or after a signal, it returns the same promise. */
  shutdown(reason?: string): Promise<ShutdownReport>
  /** Removes every listener of the library and closes the admin listener. Once a shutdown has begun it does nothing. */
  uninstall(): void
}

/**
 * Has a Node service leave a Kubernetes rolling update without a lost request: on SIGTERM it fails readiness, goes on serving
 * until the news has reached every proxy, drains, runs the shutdown hooks and exits, all within one budget.
 *
 * @param server an `http`, `https` or `http2` server, or several; listening or not yet
 * @param options times in ms; see {@link GracefulOptions} for each default
 * @throws TypeError that names the option and the value received
 * @example
 * const server = express().listen(18080)
 * const graceful = createGraceful(server, { shutdownDelay: 5_000, timeout: 25_000 })
 * graceful.onShutdown('database', () => pool.end())
 */
export function createGraceful(
  server: GracefulServer | readonly GracefulServer[],
  options?: GracefulOptions,
): Graceful {
  return createGracefulWith(processEnvironment, server, options)
}

/** {@link createGraceful} with the process and the clock given: for tests. */
export function createGracefulWith(
  environment: Environment,
  server: GracefulServer | readonly GracefulServer[],
  options?: GracefulOptions,
): Graceful {
  const servers = serversOf(server)
  const settings = settle(options)
  const { logger } = settings
  const lifecycle = new Lifecycle(environment)
  const hooks = new Hooks(environment)
  const checks = new Checks(environment)
  const rates = new ArrivalRates()
  const streams = new Streams(settings.eventStreams)
  const upgraded = new Upgraded(environment, settings)
  const counts = { requests: 0, connections: 0, lastArrival: undefined as number | undefined }
  let notReadyReason: string | undefined
  let report: Promise<ShutdownReport> | undefined

  const connections = servers.map(
    (one) =>
      new ServerConnections(one, environment, streams, {
        onArrival(peer) {
          const now = environment.now()
          const takeBack = rates.arrived(peer, now)
          if (!lifecycle.shuttingDown) return takeBack
          counts.connections += 1
          counts.lastArrival = now - (lifecycle.enteredAt('lameDuck') ?? now)
          metrics.connectionsAfterSignal.inc()
          metrics.lastArrival.set(counts.lastArrival / 1_000)
          return takeBack
        },
        onRequest() {
          counts.requests += 1
          metrics.requestsAfterSignal.inc()
        },
      }),
  )
  const describe = () => connections.flatMap((one) => one.describe())
  const metrics = new Metrics(settings.registry, {
    get state() {
      return lifecycle.state
    },
    describe,
    durations: () => lifecycle.durations(),
  })

  const becomeReady = () => {
    const listening = servers.every((one) => one.listening)
    if (lifecycle.state === 'starting' && listening && notReadyReason === undefined) lifecycle.enter('ready')
  }
  // A start-up that goes on after the signal must not open a door that nobody closes any more.
  const onListening = function (this: Server) {
    if (lifecycle.shuttingDown) NetServer.prototype.close.call(this)
    else becomeReady()
  }
  for (const one of servers) one.on('listening', onListening)
  becomeReady()

  const admin =
    settings.admin &&
    new AdminServer({
      ...settings.admin,
      probes: {
        '/livez': async () => {},
        '/startupz': async () => {
          if (lifecycle.state === 'starting') throw failing({ startup: notReadyReason ?? 'not listening yet' })
        },
        '/readyz': async () => {
          if (lifecycle.state !== 'ready') throw failing({ state: lifecycle.state })
          if (notReadyReason !== undefined) throw failing({ notReady: notReadyReason })
          const failures = (await checks.run()).filter(({ failure }) => failure !== undefined)
          if (failures.length > 0)
            throw failing(Object.fromEntries(failures.map(({ name, failure }) => [name, failure])))
        },
      },
      metrics: async () => ({ contentType: metrics.registry.contentType, body: await metrics.registry.metrics() }),
    })

  const stopSignals = listenForSignals(environment, settings.signals, (signal) => void begin(signal, signal))
  lifecycle.onEnter((state, previous) => logger.info({ state, previous }, `graceful: ${previous} -> ${state}`))

  async function begin(reason: string, signal: NodeJS.Signals | undefined): Promise<ShutdownReport> {
    report ??= run(reason, signal)
    return report
  }

  async function run(reason: string, signal: NodeJS.Signals | undefined): Promise<ShutdownReport> {
    const started = environment.now()
    logger.info({ reason, signal, timeout: settings.timeout }, `graceful: shutting down: ${reason}`)
    const parts = { environment, settings, logger, lifecycle, servers: connections, upgraded, rates, hooks }
    const result = await shutDown(parts, { reason, signal })
    metrics.forcedCloses.inc(result.forced.length)
    admin?.close()
    const hookFailed = result.hooks.some(({ outcome }) => outcome !== 'done')
    const forced = result.forced.length > 0 || lifecycle.enteredAt('closing') === undefined
    const outcome = forced ? 'forced' : hookFailed ? 'hook-failed' : 'graceful'
    const finished: ShutdownReport = {
      reason,
      signal,
      outcome,
      exitCode: outcome === 'graceful' ? 0 : 1,
      durationMs: Math.round(environment.now() - started),
      states: lifecycle.durations(),
      delayEnd: result.delayEnd,
      requestsAfterSignal: counts.requests,
      connectionsAfterSignal: counts.connections,
      lastArrivalMs: counts.lastArrival === undefined ? undefined : Math.round(counts.lastArrival),
      forced: result.forced,
      hooks: result.hooks,
    }
    logger[outcome === 'graceful' ? 'info' : 'error']({ report: finished }, `graceful: terminated: ${outcome}`)
    if (typeof settings.exit === 'function') settings.exit(finished.exitCode, finished)
    else if (settings.exit) environment.exit(finished.exitCode)
    return finished
  }

  return {
    get state() {
      return lifecycle.state
    },
    get adminPort() {
      return admin?.port
    },
    drainSignal: (request) => streams.signalFor(request),
    connections: describe,
    addReadinessCheck: (name, check, checkOptions) => checks.add(name, check, checkOptions),
    onShutdown: (name, hook, hookOptions) => hooks.add(name, hook, hookOptions),
    ready() {
      notReadyReason = undefined
      becomeReady()
    },
    notReady(reason) {
      if (typeof reason !== 'string' || reason === '')
        throw bad('the reason of notReady', 'a string that is not empty', reason)
      notReadyReason = reason
    },
    shutdown: async (reason = 'shutdown() was called') => begin(reason, undefined),
    uninstall() {
      if (lifecycle.shuttingDown) return
      stopSignals()
      admin?.close()
      for (const one of connections) one.detach()
      for (const one of servers) one.off('listening', onListening)
    },
  }
}

/** What terminus answers with: an error whose `causes` are the details. */
const failing = (causes: Record<string, unknown>): Error => Object.assign(new Error('not ready'), { causes })

function serversOf(server: GracefulServer | readonly GracefulServer[]): readonly Server[] {
  const servers: readonly unknown[] = Array.isArray(server) ? server : [server]
  if (servers.length === 0) throw bad('server', 'an http, https or http2 server, or an array of them', server)
  for (const one of servers) {
    if (!(one instanceof NetServer)) throw bad('server', 'an http, https or http2 server, or an array of them', one)
  }
  return servers as readonly Server[]
}
