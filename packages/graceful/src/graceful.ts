import { Server as NetServer, type Server } from 'node:net'
import { AdminServer } from './admin/admin-server.js'
import { Checks } from './admin/readiness-checks.js'
import { probeHandler, probesOf } from './admin/probes.js'
import type { Graceful, GracefulServer } from './api.js'
import { Arrivals } from './connections/arrivals.js'
import { ServerConnections } from './connections/server-connections.js'
import { Streams } from './connections/requests/drain-signal.js'
import { Upgraded } from './connections/protocols/upgraded.js'
import { CRASH_BUDGET, listenForCrashes } from './process/crash.js'
import { processRuntime, type Runtime } from './process/runtime.js'
import { beginExit } from './process/exit.js'
import { Hooks, type HookResult, type ShutdownContext } from './hooks.js'
import { Lifecycle } from './lifecycle.js'
import { unfailing } from './process/logger.js'
import { Metrics } from './admin/metrics.js'
import type { GracefulOptions } from './options.js'
import { settle, type Settings } from './options/settings.js'
import { bad } from './options/validation.js'
import { errorMessage } from './process/error-text.js'
import type { ShutdownReport } from './report.js'
import { listenForSignals } from './process/signals.js'
import { shutDown } from './shutdown.js'
import { leaveTerminationMessage } from './process/termination-message.js'
import { surroundings, warningsOf } from './process/warnings.js'

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
  return createGracefulWith(processRuntime, server, options)
}

/** {@link createGraceful} with the process and the clock given: for tests. */
export function createGracefulWith(
  runtime: Runtime,
  server: GracefulServer | readonly GracefulServer[],
  options?: GracefulOptions,
): Graceful {
  const servers = serversOf(server)
  const settings = settle(options)
  const logger = unfailing(settings.logger)
  const lifecycle = new Lifecycle(runtime)
  const hooks = new Hooks(runtime)
  const checks = new Checks(runtime)
  const arrivals = new Arrivals(runtime, lifecycle, settings.shutdownDelay)
  const streams = new Streams(settings.eventStreams)
  const upgraded = new Upgraded(runtime, { ...settings, logger })
  const connections = servers.map((one) => new ServerConnections(one, runtime, streams, upgraded, arrivals))
  const describe = () => connections.flatMap((one) => one.describe())
  let forcedCloses = 0
  let notReadyReason: string | undefined
  let crashed = false
  let report: Promise<ShutdownReport> | undefined

  const metrics = new Metrics(settings.registry, {
    get state() {
      return lifecycle.state
    },
    get forcedCloses() {
      return forcedCloses
    },
    arrivals,
    hookResults: hooks.results,
    describe,
    durations: () => lifecycle.durations(),
  })
  const probes = probesOf(lifecycle, checks, () => notReadyReason)
  const admin =
    settings.admin &&
    new AdminServer({
      ...settings.admin,
      probes,
      metrics: async () => ({ contentType: metrics.registry.contentType, body: await metrics.registry.metrics() }),
    })

  lifecycle.onEnter((state, previous) => logger.info({ state, previous }, `graceful: ${previous} -> ${state}`))
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

  const stopSignals = listenForSignals(runtime, settings.signals, (signal) => void begin(signal, signal))
  const stopCrashes = settings.crashes
    ? listenForCrashes(runtime, logger, (reason) => {
        crashed = true
        void begin(reason, undefined)
      })
    : () => {}
  for (const warning of warningsOf(settings, servers, surroundings())) logger.warn({}, `graceful: ${warning}`)

  // oxlint-disable-next-line typescript/promise-function-async -- an async function would make another promise at each call
  function begin(reason: string, signal: NodeJS.Signals | undefined): Promise<ShutdownReport> {
    if (report !== undefined) return report
    // Known before it starts: it starts in this turn, so that readiness fails in the signal's own, and whoever hears of that may
    // call shutdown() in turn.
    let follow!: (running: Promise<ShutdownReport>) => void
    report = new Promise((resolve) => {
      follow = resolve
    })
    const running = run({ reason, signal }).catch((error: unknown) => {
      // A fault of the library's own must not leave a process that neither serves nor ends.
      logger.error({ error: errorMessage(error) }, 'graceful: the shutdown failed')
      runtime.exit(1)
      throw error
    })
    follow(running)
    return report
  }

  async function run(context: ShutdownContext): Promise<ShutdownReport> {
    const started = runtime.now()
    const leave = beginExit(runtime)
    const budget = crashed ? shortened(settings) : settings
    logger.info({ ...context, timeout: budget.timeout }, `graceful: shutting down: ${context.reason}`)
    const parts = {
      runtime,
      settings: budget,
      logger,
      lifecycle,
      servers: connections,
      upgraded,
      arrivals,
      hooks,
      crashed: () => crashed,
      onForced: (count: number) => {
        forcedCloses += count
      },
    }
    const { delayEnd, forced } = await shutDown(parts, context)
    admin?.close()
    const outcome = outcomeOf(crashed, lifecycle, hooks.results)
    const finished: ShutdownReport = {
      ...context,
      outcome,
      exitCode: outcome === 'graceful' ? 0 : 1,
      durationMs: Math.round(runtime.now() - started),
      states: lifecycle.durations(),
      delayEnd,
      requestsAfterSignal: arrivals.requests,
      connectionsAfterSignal: arrivals.connections,
      lastArrivalMs: arrivals.lastMs,
      forced,
      hooks: hooks.results,
    }
    logger[outcome === 'graceful' ? 'info' : 'error']({ report: finished }, `graceful: terminated: ${outcome}`)
    leaveTerminationMessage(finished)
    // Whoever keeps the exit to itself has its exceptions back as well.
    stopCrashes()
    if (typeof settings.exit === 'function') settings.exit(finished.exitCode, finished)
    await leave(settings.exit === true ? finished.exitCode : undefined, () =>
      connections.reduce((sum, one) => sum + one.answerCloseCalls(), 0),
    )
    return finished
  }

  return {
    get state() {
      return lifecycle.state
    },
    get adminPort() {
      return admin?.port
    },
    probes: probeHandler(probes),
    onState(listener) {
      if (typeof listener !== 'function') throw bad('the listener of onState', 'a function', listener)
      return lifecycle.onEnter((state, previous) => {
        try {
          listener(state, previous)
        } catch (error) {
          logger.error({ error: errorMessage(error), state }, 'graceful: a listener of onState threw')
        }
      })
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
    // oxlint-disable-next-line typescript/promise-function-async -- the same promise at each call
    shutdown: (reason = 'shutdown() was called') => begin(reason, undefined),
    uninstall() {
      if (lifecycle.shuttingDown && lifecycle.state !== 'terminated') return
      stopSignals()
      stopCrashes()
      admin?.close()
      for (const one of connections) one.detach()
      upgraded.detach()
      for (const one of servers) one.off('listening', onListening)
      metrics.unregister()
    },
  }
}

/** After a crash the state of the process is unknown: it has to go soon. */
function shortened(settings: Settings): Settings {
  const timeout = Math.min(settings.timeout, CRASH_BUDGET)
  const { min, max } = settings.shutdownDelay
  return { ...settings, timeout, shutdownDelay: { min: Math.min(min, timeout / 4), max: Math.min(max, timeout / 2) } }
}

function outcomeOf(
  crashed: boolean,
  lifecycle: Lifecycle,
  hookResults: readonly HookResult[],
): ShutdownReport['outcome'] {
  if (crashed) return 'crashed'
  if (lifecycle.enteredAt('closing') === undefined) return 'forced'
  return hookResults.every(({ outcome }) => outcome === 'done') ? 'graceful' : 'hook-failed'
}

function serversOf(server: GracefulServer | readonly GracefulServer[]): readonly Server[] {
  const servers: readonly unknown[] = Array.isArray(server) ? server : [server]
  if (servers.length === 0) throw bad('server', 'an http, https or http2 server, or an array of them', server)
  for (const one of servers) {
    if (!(one instanceof NetServer)) throw bad('server', 'an http, https or http2 server, or an array of them', one)
  }
  return servers as readonly Server[]
}
