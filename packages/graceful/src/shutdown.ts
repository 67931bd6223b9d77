import type { Arrivals } from './connections/arrivals.js'
import type { Connections } from './connections/connections.js'
import { Deadline, withResolvers } from './deadline.js'
import { logAbandoned, logForced, shortened } from './forced-log.js'
import type { BackgroundWork } from './hooks/background-work.js'
import type { Hooks } from './hooks/hooks.js'
import type { Lifecycle } from './lifecycle.js'
import type { Settings } from './options/settings.js'
import { errorMessage } from './process/reporting/error-text.js'
import { registerShutdown, reportingTime, waitForOutput } from './process/exit.js'
import { guard } from './process/guard.js'
import { isManagedByPm2 } from './process/pm2.js'
import type { OtherCode } from './other-code/other-code.js'
import type { Runtime } from './process/runtime.js'
import { writeTerminationMessage } from './process/reporting/termination-message.js'
import { textOfEnd, textOfHolder } from './propagation/explanation.js'
import { waitForPropagation } from './propagation/wait.js'
import type { AbandonedWork, DelayEnd, DelayReport, OpenConnection, ShutdownContext, ShutdownReport } from './types.js'

/*
 *   SIGTERM         ready ──▶ lameDuck      /readyz 503, /livez 200; accepting and serving; responses say Connection: close;
 *                                           hooks of phase `signal` start
 *   delay ends      lameDuck ──▶ draining   listener closed; each response is the last of its connection; idle connections linger
 *   none open       draining ──▶ closing    and no hook of phase `signal` or background work is left: hooks of phase `drained`, then the
 *                                           SIGTERM listeners and `server.close()` callbacks of other code, then hooks of phase `last`
 *   all done        closing ──▶ terminated  exit 0, or 1 if a hook or other code failed
 *   deadline        any ──▶ closing         what is left is named and cut early enough for the later hooks; exit 1
 *   crash           in any state            5 s are left, of which the delay takes half; exit 1
 */

export interface ShutdownParts {
  readonly runtime: Runtime
  readonly settings: Settings
  readonly lifecycle: Lifecycle
  readonly connections: Connections
  readonly arrivals: Arrivals
  readonly hooks: Hooks
  readonly background: BackgroundWork
  readonly otherCode: OtherCode
  readonly closeAdmin: () => void
  /** Lets the process end although the admin listener is open. */
  readonly unrefAdmin: () => void
  /** Removes the listeners for crashes. */
  readonly stopCrashes: () => void
}

/** Longest budget of a shutdown after a crash, in ms. The state of the process is unknown, so it should exit soon. */
const CRASH_BUDGET = 5_000
/** Time reserved before the hooks to close and cut the remaining connections, at most, in ms. */
const CLOSE_RESERVE = 1_000
/** Last part of the delay. A new connection in it is a sign that the delay is too short. */
const LATE = 0.1

/** The one shutdown of a service, from its start to the exit. */
export class Shutdown {
  readonly #parts: ShutdownParts
  readonly #forced: OpenConnection[] = []
  readonly #abandoned: AbandonedWork[] = []
  #crashed = false
  #deadline: Deadline | undefined
  /** Ends the propagation delay if a crash makes it too long. */
  #delayLimit: Deadline | undefined
  #report: Promise<ShutdownReport> | undefined
  #context: ShutdownContext | undefined
  #started = 0
  #delayEnd: DelayEnd | undefined
  #delayReport: DelayReport | undefined
  readonly #drainStarted = withResolvers()

  constructor(parts: ShutdownParts) {
    this.#parts = parts
  }

  /** Connections that the shutdown has destroyed. */
  get forced(): readonly OpenConnection[] {
    return this.#forced
  }

  /** Starts the shutdown after a crash, or shortens the current one. */
  crash(reason: string): void {
    if (this.#crashed) return
    this.#crashed = true
    void this.begin(reason)
    this.#deadline?.shorten(CRASH_BUDGET)
    // The other half is for the requests in flight and the hooks.
    this.#delayLimit?.shorten(this.#deadline!.remaining / 2)
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

  /** Calls the signal listeners of other code during the drain, for example because requests in flight wait for them. */
  startOtherCode(): void {
    if (this.#parts.lifecycle.state === 'draining') this.#parts.otherCode.start()
  }

  /**
   * Does the same for `shutdown()`. In the handler of a request, the promise also resolves when only connections of such handlers are
   * open: the drain waits for their responses.
   */
  // oxlint-disable-next-line typescript/promise-function-async -- as above
  beginFromCode(reason: string): Promise<ShutdownReport> {
    const { connections } = this.#parts
    const socket = connections.handlerSocket
    const report = this.begin(reason)
    if (socket === undefined) return report
    const othersClosed = this.#drainStarted.promise.then(async () => connections.othersClosed(socket))
    return Promise.race([report, othersClosed.then(() => this.#reportNow())])
  }

  async #run(context: ShutdownContext): Promise<ShutdownReport> {
    const { runtime, settings, otherCode } = this.#parts
    const started = runtime.now()
    this.#started = started
    this.#context = context
    const registered = registerShutdown(runtime)
    settings.logger.info({ ...context, timeout: settings.timeout }, `graceful: shutting down: ${context.reason}`)
    otherCode.begin()

    await this.#sequence(context)

    this.#parts.closeAdmin()
    const report = this.#reportNow()
    const { outcome } = report
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
    otherCode.end(exit === false ? report.exitCode : undefined)
    if (typeof exit === 'function') {
      const onFailure = (error: unknown): void => {
        const message = `graceful: the exit function failed; the process ends with code ${report.exitCode} within ${limit} ms`
        settings.logger.error({ error: errorMessage(error) }, message)
        registered.exitFunctionFailed(report.exitCode, limit)
      }
      guard(() => exit(report.exitCode, report), onFailure)
    }
    registered.finish(exit === true ? report.exitCode : undefined)
    return report
  }

  /** Returns the report as of now. */
  #reportNow(): ShutdownReport {
    const { runtime, lifecycle, arrivals, hooks, otherCode } = this.#parts
    const outcome = this.#outcome()
    return {
      ...this.#context!,
      outcome,
      exitCode: otherCode.failure || (outcome === 'graceful' ? 0 : 1),
      durationMs: Math.round(runtime.now() - this.#started),
      states: lifecycle.durations(),
      delayEnd: this.#delayEnd,
      delay: this.#delayReport,
      requestsAfterSignal: arrivals.requests,
      connectionsAfterSignal: arrivals.connections,
      lastArrivalMs: arrivals.lastMs,
      forced: this.#forced,
      abandoned: this.#abandoned,
      hooks: hooks.results,
      listeners: otherCode.results,
      exitCalls: otherCode.exitCalls,
    }
  }

  /** Changes the states one after another. */
  async #sequence(context: ShutdownContext): Promise<void> {
    const { runtime, settings, lifecycle, connections, hooks, background, otherCode } = this.#parts
    const deadline = new Deadline(runtime, settings.timeout)
    this.#deadline = deadline
    const cut = withResolvers()

    lifecycle.enter('lameDuck')
    connections.enterLameDuck()
    hooks.start(context, cut.promise)
    const delayEnd = connections.unlisted ?? (await this.#delay(context))
    this.#delayEnd = delayEnd
    const text = textOfEnd(delayEnd, runtime.now() - this.#started, this.#delayReport)
    settings.logger.info({ delayEnd, delay: this.#delayReport }, `graceful: ${text}`)
    if (delayEnd === 'max') this.#warnOfLateArrival()

    await connections.closeListeners(deadline.remaining)
    lifecycle.enter('draining')
    const drained = connections.drain(deadline.remaining).then(async () => hooks.ended('signal'))
    this.#drainStarted.resolve()
    if (!(await this.#allows(drained, cut, deadline))) await this.#cut()
    cut.resolve()
    await hooks.close('signal')

    lifecycle.enter('closing')
    await hooks.run('drained', context, deadline, otherCode.worstCase)
    await this.#runOtherCode(deadline)
    await hooks.run('last', context, deadline)
    background.close()
    this.#abandon()
    deadline.cancel()
    lifecycle.enter('terminated')
  }

  /** Calls the listeners and callbacks of other code, and waits for what they start. The phase `last` keeps its share of the time. */
  async #runOtherCode(deadline: Deadline): Promise<void> {
    const { connections, hooks, otherCode, unrefAdmin } = this.#parts
    unrefAdmin()
    deadline.unref()
    const limit = hooks.beforeLast(deadline, otherCode.worstCase)
    await otherCode.complete(limit, connections.unlisted !== 'no-server', () => connections.answerCloseCalls())
    deadline.ref()
  }

  /** Waits until the propagation delay is over. */
  async #delay({ signal }: ShutdownContext): Promise<DelayEnd> {
    const { runtime, settings, arrivals } = this.#parts
    const sender = settings.explicitDelay ? undefined : developmentSender(signal, runtime)
    if (sender !== undefined) {
      const message = `graceful: no propagation delay: ${sender}, so no proxy sends traffic here; set shutdownDelay to wait anyway`
      settings.logger.info({ signal }, message)
      return 'development'
    }
    const limit = new Deadline(runtime, settings.timeout)
    this.#delayLimit = limit
    const { shutdownDelay: delay, logger } = settings
    const { end, report } = await waitForPropagation(runtime, delay, arrivals.sources, limit, (soFar) => {
      const message = `graceful: the expected propagation delay is over, but ${textOfHolder(soFar)} still opens connections`
      logger.info({ delay: soFar, max: delay.max }, `${message}; the delay goes on, for ${delay.max} ms at most`)
    })
    limit.cancel()
    this.#delayReport = report
    // After a crash, half of the remaining budget is the longest delay.
    return end === 'deadline' && this.#crashed ? 'max' : end
  }

  /** Waits for the drain. When the rest of the budget is needed for the hooks and other code, resolves `cut` and returns false. */
  async #allows(drained: Promise<void>, cut: ReturnType<typeof withResolvers>, deadline: Deadline): Promise<boolean> {
    const { connections, hooks, otherCode } = this.#parts
    const wanted = hooks.worstCase + otherCode.worstCase
    const reserved = (remaining: number): number => Math.min(wanted, remaining / 2)
    const silence = toClose(deadline.remaining) / 2
    // Connections on which nothing is owed must close before the others are cut, and must not use the time of the hooks.
    deadline.before(
      (remaining) => reserved(remaining) + toClose(remaining),
      () => connections.endLinger(silence),
    )
    // A request can wait for what a listener of other code does. Instead of a cut, it gets half of their time.
    deadline.before(reserved, () => otherCode.start())
    const stopLooking = otherCode.worstCase > 0 ? connections.whenOnlyLongPolls(() => otherCode.start()) : () => {}
    const afterCut = wanted > 0 ? 1 - otherCode.worstCase / wanted / 2 : 0
    // A quarter of the reserve is for the cut. Without hooks nothing follows, and the cut comes at the deadline.
    deadline.before(
      (remaining) => (wanted > 0 ? reserved(remaining) * afterCut + toClose(remaining) / 4 : 0),
      cut.resolve,
    )
    const complete = await Promise.race([drained.then(() => true), cut.promise.then(() => false)])
    deadline.cancelEarly()
    stopLooking()
    return complete
  }

  /** Names the connections on which a response is owed and the background work, and destroys all connections. */
  async #cut(): Promise<void> {
    const { runtime, settings, connections } = this.#parts
    const owed = connections.describeOwed()
    logForced(settings.logger, owed)
    // Arguments of a call are on the stack, which is too small for 100,000 of them.
    for (const connection of owed) this.#forced.push(connection)
    this.#abandon()
    await connections.destroy()
    // The handlers can react to the close, for example with a log line, before the hooks run.
    await new Promise<void>((resolve) => runtime.setImmediate(() => runtime.setImmediate(resolve)))
  }

  /** Names the background work that is left, and stops to wait for it. */
  #abandon(): void {
    const { settings, background } = this.#parts
    const work = background.abandon()
    logAbandoned(settings.logger, work)
    for (const one of work) this.#abandoned.push(one)
  }

  #outcome(): ShutdownReport['outcome'] {
    if (this.#crashed) return 'crashed'
    if (this.#forced.length + this.#abandoned.length > 0) return 'forced'
    const { hooks, otherCode } = this.#parts
    if (hooks.results.some(({ outcome }) => outcome !== 'done')) return 'hook-failed'
    return otherCode.hasFailed ? 'other-code-failed' : 'graceful'
  }

  /** The library cannot see connections after the close of the listener. One shortly before it is rarely the last. */
  #warnOfLateArrival(): void {
    const { runtime, settings, lifecycle, arrivals } = this.#parts
    if (arrivals.last === undefined) return
    const now = runtime.now()
    const delay = now - (lifecycle.enteredAt('lameDuck') ?? now)
    const silence = Math.round(now - arrivals.last)
    if (silence > delay * LATE) return
    const { min, max } = settings.shutdownDelay
    const option = min === max ? 'shutdownDelay' : 'shutdownDelay.max and timeout'
    settings.logger.warn(
      { silence, delay: Math.round(delay), lastArrivalMs: arrivals.lastMs },
      `graceful: a new connection arrived ${silence} ms before the listener closes, and more can follow; raise ${option}`,
    )
  }
}

/** Returns the time (ms) to close and cut connections, from the time that is left. */
const toClose = (remaining: number): number => Math.min(CLOSE_RESERVE, remaining / 10)

/** Returns who sent the signal to a development server, in words; undefined where Kubernetes can have sent it. */
function developmentSender(signal: NodeJS.Signals | undefined, runtime: Runtime): string | undefined {
  if (signal === 'SIGINT') {
    if (!isManagedByPm2()) return 'SIGINT comes from a terminal'
    // pm2-runtime in a pod gets SIGTERM from the kubelet, and sends SIGINT to its processes.
    return process.env['KUBERNETES_SERVICE_HOST'] === undefined ? 'SIGINT comes from PM2 outside Kubernetes' : undefined
  }
  const watcher = signal === 'SIGTERM' ? runtime.findWatcher() : undefined
  return watcher === undefined ? undefined : `${watcher} restarts this process`
}
