import type { Server } from 'node:net'
import { AdminServer } from './admin/admin-server.js'
import { Metrics } from './admin/metrics.js'
import { createProbeHandler, createProbes } from './admin/probes.js'
import { ReadinessChecks } from './admin/readiness-checks.js'
import { ReadinessGate } from './admin/readiness-gate.js'
import { Arrivals } from './connections/arrivals.js'
import { Connections } from './connections/connections.js'
import { promisedIdleTime } from './connections/node/internals.js'
import { BackgroundWork } from './hooks/background-work.js'
import { Hooks } from './hooks/hooks.js'
import { Lifecycle } from './lifecycle.js'
import { resolveOptions } from './options/settings.js'
import { type GracefulArguments, invalid, separate } from './options/validation.js'
import { listenForCrashes } from './process/crash.js'
import { errorMessage } from './process/reporting/error-text.js'
import { guard } from './process/guard.js'
import { type Assembly, preload } from './process/handover.js'
import { nonThrowing } from './process/reporting/logger.js'
import { attachServers } from './process/process-state.js'
import { OtherCode } from './other-code/other-code.js'
import { processRuntime, type Runtime } from './process/runtime.js'
import { listenForSignals } from './process/signals.js'
import { configurationWarnings, idleTimeWarnings, readProcessContext } from './process/reporting/warnings.js'
import { Shutdown } from './shutdown.js'
import type { Graceful, GracefulOptions, GracefulServer } from './types.js'

/**
 * Shuts down a Node service during a Kubernetes rollout without dropping requests. On SIGTERM the library fails readiness and keeps
 * serving until every proxy has learned that the pod is leaving. Then it drains the connections, runs the shutdown hooks and exits.
 * One time budget covers all of that.
 *
 * A process without a server, such as a queue worker, has the same signals, hooks, probes and report. It is ready at once, unless it calls
 * `notReady` in the same turn, and its shutdown has no propagation delay.
 *
 * @param server an `http`, `https` or `http2` server, or an array of them; they can listen already, or later
 * @param options times in ms; {@link GracefulOptions} has the defaults
 * @throws TypeError with the name of the invalid option and the value received
 * @throws Error if a server is attached already, by this copy of the library or by another one
 * @example
 * const server = express().listen(18080)
 * const graceful = createGraceful(server, { shutdownDelay: 5_000, timeout: 25_000 })
 * graceful.onShutdown('database', () => pool.end())
 * @example
 * const graceful = createGraceful({ timeout: 60_000 })
 * graceful.onShutdown('consumer', () => consumer.stop())
 */
export function createGraceful(server: GracefulServer | readonly GracefulServer[], options?: GracefulOptions): Graceful
export function createGraceful(options?: GracefulOptions): Graceful
export function createGraceful(...args: GracefulArguments): Graceful {
  const { servers, options } = separate(args)
  // The preload stays if an argument is invalid.
  const assembly = assemble(processRuntime, servers, options)
  const replaced = preload()
  // The admin port of the preload must be free before the new listener opens.
  replaced?.release(servers)
  assembly.openAdmin()
  replaced?.handOver(assembly)
  return assembly.graceful
}

/** Does the same as {@link createGraceful} with another process and clock, for tests. */
export function createGracefulWith(runtime: Runtime, ...args: GracefulArguments): Graceful {
  const { servers, options } = separate(args)
  const { graceful, openAdmin } = assemble(runtime, servers, options)
  openAdmin()
  return graceful
}

interface OwnAssembly extends Assembly {
  /** Opens the admin listener, if the options have one. */
  readonly openAdmin: () => void
}

/** Creates and connects the parts. */
export function assemble(runtime: Runtime, servers: readonly Server[], options?: GracefulOptions): OwnAssembly {
  const resolved = resolveOptions(options)
  const detachServers = attachServers(runtime.state, servers)
  const logger = nonThrowing(resolved.logger)
  const settings = { ...resolved, logger }
  const lifecycle = new Lifecycle(runtime)
  const background = new BackgroundWork(runtime, logger)
  const hooks = new Hooks(runtime, background)
  const arrivals = new Arrivals(runtime, lifecycle, settings.shutdownDelay)
  const otherCode = new OtherCode(runtime, settings, () => hooks.started)
  const connections = new Connections(servers, settings, runtime, arrivals, otherCode)
  const closeAdmin = () => admin?.close()
  const shutdown = new Shutdown({
    runtime,
    settings,
    lifecycle,
    connections,
    arrivals,
    hooks,
    background,
    otherCode,
    closeAdmin,
    unrefAdmin: () => admin?.unref(),
    stopCrashes: () => stopCrashes(),
  })
  const checks = new ReadinessChecks(runtime)
  const probes = createProbes(lifecycle, checks, () => gate)
  const metrics = new Metrics(settings.registry, runtime.state.metrics, {
    lifecycle,
    arrivals,
    hooks,
    background,
    connections,
    shutdown,
  })
  const admin =
    settings.admin &&
    new AdminServer({
      ...settings.admin,
      probes,
      metrics: async () => metrics.scrape(),
      onError: ({ message }) => logger.error({ port: settings.admin?.port }, message),
    })

  lifecycle.onEnter((state, previous) => logger.info({ state, previous }, `graceful: ${previous} -> ${state}`))
  const gate = new ReadinessGate(runtime, lifecycle, servers, (server) => connections.isServing(server))
  const stopSignals = listenForSignals(runtime, settings.signals, (signal) => void shutdown.begin(signal, signal))
  const detachOtherCode = otherCode.attach()
  const stopCrashes = settings.shutdownOnCrash
    ? listenForCrashes(runtime, logger, (reason) => shutdown.crash(reason))
    : () => {}
  const warn = (warnings: readonly string[]): void => {
    for (const warning of warnings) logger.warn({}, `graceful: ${warning}`)
  }
  warn(configurationWarnings(settings, servers.map(promisedIdleTime), readProcessContext()))

  const adminListening = admin?.listening ?? Promise.resolve(undefined)
  const graceful: Graceful = {
    adminListening,
    get state() {
      gate.update()
      return lifecycle.state
    },
    probes: createProbeHandler(probes),
    onState(listener) {
      if (typeof listener !== 'function') throw invalid('the listener of onState', 'a function', listener)
      return lifecycle.onEnter((state, previous) => {
        const onFailure = (error: unknown): void =>
          logger.error({ error: errorMessage(error), state }, 'graceful: an onState listener failed')
        guard(() => listener(state, previous), onFailure)
      })
    },
    drainSignal: (request) => connections.drainSignal(request),
    connections: () => connections.describe(),
    addReadinessCheck: (name, check, checkOptions) => checks.add(name, check, checkOptions),
    onShutdown: (name, hook, hookOptions) => hooks.add(name, hook, hookOptions),
    waitUntil: (promise, name) => background.add(promise, name),
    ready: () => gate.ready(),
    notReady: (reason) => gate.notReady(reason),
    // oxlint-disable-next-line typescript/promise-function-async -- the same promise at each call
    shutdown: (reason = 'shutdown() was called') => shutdown.beginFromCode(reason),
    uninstall() {
      if (lifecycle.shuttingDown && lifecycle.state !== 'terminated') return
      detachOtherCode()
      stopSignals()
      stopCrashes()
      closeAdmin()
      connections.detach()
      gate.detach()
      metrics.unregister()
      detachServers()
    },
  }
  return {
    graceful,
    attach(server) {
      if (connections.attach(server)) warn(idleTimeWarnings(settings, promisedIdleTime(server)))
    },
    forget: (server) => connections.forget(server),
    startOtherCode: () => shutdown.startOtherCode(),
    openAdmin: () => admin?.open(),
  }
}
