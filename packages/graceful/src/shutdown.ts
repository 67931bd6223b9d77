import type { Arrivals } from './connections/arrivals.js'
import type { Connections } from './connections/connections.js'
import { Deadline } from './deadline.js'
import { logForced, shortened } from './forced-log.js'
import type { Hooks } from './hooks.js'
import type { Lifecycle } from './lifecycle.js'
import type { Settings } from './options/settings.js'
import { errorMessage } from './process/error-text.js'
import { registerShutdown, reportingTime, waitForOutput } from './process/exit.js'
import { guard } from './process/guard.js'
import type { Runtime } from './process/runtime.js'
import { writeTerminationMessage } from './process/termination-message.js'
import { waitForPropagation } from './propagation.js'
import type { DelayEnd, OpenConnection, ShutdownContext, ShutdownReport } from './types.js'

/*
 *   SIGTERM         ready ──▶ lameDuck      /readyz 503, /livez 200; accepting and serving; responses say Connection: close
 *   delay ends      lameDuck ──▶ draining   listener closed; each response is the last of its connection; idle connections linger
 *   none open       draining ──▶ closing    hooks run, in order, each with its own limit
 *   hooks done      closing ──▶ terminated  exit 0, or 1 if a hook failed
 *   deadline        any ──▶ terminated      the report names the open connections, then the library destroys them; exit 1
 */

export interface ShutdownParts {
  readonly runtime: Runtime
  readonly settings: Settings
  readonly lifecycle: Lifecycle
  readonly connections: Connections
  readonly arrivals: Arrivals
  readonly hooks: Hooks
  readonly closeAdmin: () => void
  /** Removes the listeners for crashes. */
  readonly stopCrashes: () => void
}

/** Longest budget of a shutdown after a crash, in ms. The state of the process is unknown, so it should exit soon. */
const CRASH_BUDGET = 5_000
/** Time reserved at the end of the budget to close the remaining connections and to exit, at most, in ms. */
const CLOSE_RESERVE = 1_000
/** Last part of the delay. A new connection in it is a sign that the delay is too short. */
const LATE = 0.1

/** The one shutdown of a service, from its start to the exit. */
export class Shutdown {
  readonly #parts: ShutdownParts
  readonly #forced: OpenConnection[] = []
  #crashed = false
  #report: Promise<ShutdownReport> | undefined

  constructor(parts: ShutdownParts) {
    this.#parts = parts
  }

  /** Connections that the shutdown has destroyed. */
  get forced(): readonly OpenConnection[] {
    return this.#forced
  }

  /** Starts the shutdown after a crash, or marks the current shutdown as crashed. */
  crash(reason: string): void {
    this.#crashed = true
    void this.begin(reason)
  }

  /** Starts the shutdown. Further calls return the same promise. */
  // oxlint-disable-next-line typescript/promise-function-async -- an async function would create another promise for each call
  begin(reason: string, signal?: NodeJS.Signals): Promise<ShutdownReport> {
    if (this.#report !== undefined) return this.#report
    // The promise must exist before the shutdown starts: readiness fails in this turn, and a state listener can call `shutdown()`.
    let follow!: (running: Promise<ShutdownReport>) => void
    this.#report = new Promise((resolve) => {
      follow = resolve
    })
    const running = this.#run({ reason, signal }).catch(async (error: unknown) => {
      // Without the exit, an error of the library would leave a process that neither serves nor ends.
      this.#parts.settings.logger.error({ error: errorMessage(error) }, 'graceful: the shutdown failed')
      await waitForOutput(this.#parts.runtime, reportingTime(1, 0))
      this.#parts.runtime.exit(1)
      throw error
    })
    follow(running)
    return this.#report
  }

  async #run(context: ShutdownContext): Promise<ShutdownReport> {
    const { runtime, lifecycle, connections, arrivals, hooks } = this.#parts
    const settings = this.#crashed ? afterCrash(this.#parts.settings) : this.#parts.settings
    const started = runtime.now()
    const registered = registerShutdown(runtime, () => connections.runCloseCallbacks())
    settings.logger.info({ ...context, timeout: settings.timeout }, `graceful: shutting down: ${context.reason}`)

    const delayEnd = await this.#sequence(settings, context)

    this.#parts.closeAdmin()
    const outcome = this.#outcome()
    const report: ShutdownReport = {
      ...context,
      outcome,
      exitCode: outcome === 'graceful' ? 0 : 1,
      durationMs: Math.round(runtime.now() - started),
      states: lifecycle.durations(),
      delayEnd,
      requestsAfterSignal: arrivals.requests,
      connectionsAfterSignal: arrivals.connections,
      lastArrivalMs: arrivals.lastMs,
      forced: this.#forced,
      hooks: hooks.results,
    }
    settings.logger[outcome === 'graceful' ? 'info' : 'error'](
      { report: shortened(report) },
      `graceful: terminated: ${outcome}`,
    )
    writeTerminationMessage(report)
    // A caller that keeps the exit to itself handles its own crashes again.
    this.#parts.stopCrashes()
    const limit = reportingTime(report.exitCode, started + settings.timeout - runtime.now())
    await waitForOutput(runtime, limit)
    const { exit } = settings
    if (typeof exit === 'function') {
      const onFailure = (error: unknown): void => {
        const message = `graceful: the exit function failed; the process ends with code ${report.exitCode} within ${limit} ms`
        settings.logger.error({ error: errorMessage(error) }, message)
        registered.exitFunctionFailed(report.exitCode, limit)
      }
      guard(() => exit(report.exitCode, report), onFailure)
    }
    await registered.finish(exit === true ? report.exitCode : undefined)
    return report
  }

  /** Changes the states one after another. Returns why the propagation delay ended. */
  async #sequence(settings: Settings, context: ShutdownContext): Promise<DelayEnd> {
    const { runtime, lifecycle, connections, arrivals, hooks } = this.#parts
    const deadline = new Deadline(runtime, settings.timeout)

    lifecycle.enter('lameDuck')
    connections.enterLameDuck()
    const delayEnd = connections.listening
      ? await waitForPropagation(runtime, settings.shutdownDelay, arrivals.rates, deadline)
      : 'not-listening'
    settings.logger.info({ delayEnd }, 'graceful: the propagation delay is over')
    if (delayEnd === 'max') this.#warnOfLateArrival()

    if (!deadline.passed) await connections.closeListeners(deadline.remaining)
    if (!deadline.passed) {
      lifecycle.enter('draining')
      const drained = connections.drain(deadline.remaining)
      // Idle connections must not use the time of the hooks.
      const closeReserve = Math.min(CLOSE_RESERVE, deadline.remaining / 10)
      const reserve = Math.min(hooks.worstCase, deadline.remaining / 2) + closeReserve
      const linger = runtime.setTimeout(() => {
        connections.endLinger(closeReserve / 2)
        // The request that crashed never gets a response, so the hooks do not wait for it.
        if (this.#crashed) void this.#force()
      }, deadline.remaining - reserve)
      const complete = await deadline.allows(drained)
      runtime.clearTimeout(linger)

      if (complete) {
        lifecycle.enter('closing')
        await hooks.run(context, deadline)
        deadline.cancel()
        lifecycle.enter('terminated')
        return delayEnd
      }
    }

    await this.#force()
    hooks.skip()
    lifecycle.enter('terminated')
    return delayEnd
  }

  /** Logs the open connections and destroys them. */
  async #force(): Promise<void> {
    const { runtime, settings, connections } = this.#parts
    const open = connections.describe()
    logForced(settings.logger, open)
    this.#forced.push(...open)
    await connections.destroy()
    // The handlers can react to the close, for example with a log line, before the process exits.
    await new Promise<void>((resolve) => runtime.setImmediate(() => runtime.setImmediate(resolve)))
  }

  #outcome(): ShutdownReport['outcome'] {
    if (this.#crashed) return 'crashed'
    if (this.#parts.lifecycle.enteredAt('closing') === undefined) return 'forced'
    return this.#parts.hooks.results.every(({ outcome }) => outcome === 'done') ? 'graceful' : 'hook-failed'
  }

  /** The library cannot see connections after the close of the listener. One shortly before it is rarely the last. */
  #warnOfLateArrival(): void {
    const { runtime, settings, lifecycle, arrivals } = this.#parts
    if (arrivals.last === undefined) return
    const now = runtime.now()
    const delay = now - (lifecycle.enteredAt('lameDuck') ?? now)
    const silence = Math.round(now - arrivals.last)
    if (silence > delay * LATE) return
    settings.logger.warn(
      { silence, delay: Math.round(delay), lastArrivalMs: arrivals.lastMs },
      `graceful: a new connection arrived ${silence} ms before the listener closes, and more can follow; raise shutdownDelay`,
    )
  }
}

function afterCrash(settings: Settings): Settings {
  const timeout = Math.min(settings.timeout, CRASH_BUDGET)
  const { min, max } = settings.shutdownDelay
  return { ...settings, timeout, shutdownDelay: { min: Math.min(min, timeout / 4), max: Math.min(max, timeout / 2) } }
}
