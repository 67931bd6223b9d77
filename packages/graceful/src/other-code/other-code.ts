import type { ExitCall, ListenerResult, Logger } from '../types.js'
import { errorStack } from '../process/reporting/error-text.js'
import type { Runtime } from '../process/runtime.js'
import type { Host, Member } from '../process/host/host.js'
import { Wait, type Limit } from './wait.js'

export interface OtherCodeSettings {
  readonly logger: Logger
  readonly signals: readonly NodeJS.Signals[]
  readonly signalListeners: 'deferred' | 'immediate'
}

/** Time reserved for the listeners of other code, in ms: the default limit of a hook. */
const RESERVED = 5_000

/**
 * The other code of the process at the end of one shutdown: signal listeners, callbacks of `server.close()`, and calls of
 * `process.exit()`. They take effect after the last connection and the hooks. Then the library waits for what they start, until one of
 * these events:
 *
 * - a call of `process.exit()`, or the same signal again by `process.kill(process.pid)`. Promises that listeners returned get 5 s more. So
 *   does all that they started, if the call came before they ran.
 * - Nothing keeps the process alive (`beforeExit`). During the wait, the library itself does not keep it alive.
 * - 5 s are over, no listener has started anything, and the process has a server.
 * - The budget ends.
 */
export class OtherCode implements Member {
  readonly #host: Host
  readonly #runtime: Runtime
  readonly #settings: OtherCodeSettings
  readonly #hooksStarted: () => boolean
  #release: (() => void) | undefined
  #wait: Wait | undefined
  #isReady = false

  constructor(runtime: Runtime, settings: OtherCodeSettings, hooksStarted: () => boolean) {
    this.#host = runtime.host
    this.#runtime = runtime
    this.#settings = settings
    this.#hooksStarted = hooksStarted
  }

  /** Starts to defer the signal listeners. Returns a function that restores everything. */
  attach(): () => void {
    if (!this.#isDeferred) return () => {}
    const { listeners, exits } = this.#host
    const detach = [...this.#settings.signals.map((signal) => listeners.defer(signal)), exits.install()]
    return () => {
      for (const one of detach) one()
    }
  }

  /** Starts to defer the calls of `process.exit()`. */
  begin(): void {
    const isOnly = this.#host.join(this)
    if (!this.#isDeferred) return
    this.#release = this.#host.exits.hold()
    const { signal, waiting } = this.#host
    if (!isOnly || signal === undefined || waiting.length === 0) return
    const listeners = waiting.map(({ name, where }) => (where === undefined ? name : `${name} (${where})`))
    this.#settings.logger.warn(
      { listeners },
      `graceful: ${waiting.length} other ${signal} listener(s) deferred until the drain is over: ${listeners.join(', ')}`,
    )
  }

  /** Time reserved for the listeners, in ms. */
  get worstCase(): number {
    return this.#host.called || this.#host.waiting.length > 0 ? RESERVED : 0
  }

  /** Exit code above 0 with which other code says that something has failed; 0 without one. */
  get failure(): number {
    return this.#host.failure
  }

  /** Whether a function of other code has failed, has not ended in time, or has given an exit code above 0. */
  get hasFailed(): boolean {
    return this.#host.calls.hasFailed || this.failure > 0
  }

  get results(): readonly ListenerResult[] {
    return this.#host.calls.results.map((result) => ({ ...result }))
  }

  /** The calls of `process.exit()` that were deferred. */
  get exitCalls(): readonly ExitCall[] {
    return [...this.#host.exits.calls]
  }

  get isReady(): boolean {
    return this.#isReady
  }

  /** The code that calls `server.close()` now: code before the hooks, a hook, or a listener that was deferred. */
  get closeCaller(): 'early' | 'hook' | 'late' {
    if (this.#isReady) return 'late'
    return this.#hooksStarted() ? 'hook' : 'early'
  }

  /** Calls the listeners while the drain continues: requests in flight can wait for what the listeners do. */
  start(): void {
    if (this.#host.waiting.length === 0) return
    this.#isReady = true
    this.#callListeners()
  }

  /**
   * Calls the listeners and the callbacks of `server.close()`, and waits for what they start.
   *
   * @param hasServer whether the process has a server
   * @param answerCloseCalls calls the callbacks with {@link run}
   */
  async complete(limit: Limit, hasServer: boolean, answerCloseCalls: () => void): Promise<void> {
    const { calls, exits } = this.#host
    this.#isReady = true
    // A callback often calls `process.exit()`, which must not cut off the report.
    this.#release ??= exits.hold()
    if (limit.passed) {
      for (const { name, where } of this.#host.waiting) calls.skip(name, where)
      return
    }
    this.#callListeners()
    answerCloseCalls()
    this.#wait = new Wait(this.#host, this.#runtime, hasServer)
    if (await this.#wait.run(limit)) return
    calls.timeOut()
    const { activeResources } = this.#host
    this.#settings.logger.warn(
      { activeResources },
      `graceful: the budget ended, but other code did not: it did not call process.exit(), and these resources are active: ${activeResources}`,
    )
  }

  run(name: string, call: () => unknown): void {
    this.#host.calls.run({ kind: 'callback', name, where: undefined, call }, (error) => this.#onFailure(name, error))
  }

  /**
   * Ends the control over `process.exit()`.
   *
   * @param exitCode exit code for a deferred call, if this is the last shutdown; undefined if the library or the exit function ends the
   * process, so that the call has no effect
   */
  end(exitCode: number | undefined): void {
    const { exits } = this.#host
    const { wasCalled } = exits
    this.#release?.()
    if (!this.#host.leave(this)) return
    exits.clear()
    if (wasCalled && exitCode !== undefined) this.#runtime.setImmediate(() => exits.exit(exitCode))
  }

  onChange(): void {
    this.#wait?.wake()
  }

  onExitCall({ method, code, caller = 'unknown' }: ExitCall): void {
    const call = method === 'exit' ? `process.exit(${code})` : 'process.kill(process.pid)'
    const fields = { code, caller }
    const { logger } = this.#settings
    if (this.#isReady) logger.info(fields, `graceful: other code has ended: it called ${call} at ${caller}`)
    else logger.warn(fields, `graceful: ${call} is deferred until the drain is over; called at ${caller}`)
  }

  onForeignExit(code: number): void {
    const message = `graceful: other code ended the process with exit code ${code} before the end of the shutdown`
    this.#settings.logger.error({ code }, message)
  }

  get #isDeferred(): boolean {
    return this.#settings.signalListeners === 'deferred'
  }

  #callListeners(): void {
    const { signal } = this.#host
    const count = this.#host.callListeners(({ name }, error) =>
      this.#onFailure(`the ${signal} listener ${name}`, error),
    )
    if (count > 0) this.#settings.logger.info({ count }, `graceful: called ${count} other ${signal} listener(s)`)
  }

  #onFailure(name: string, error: unknown): void {
    this.#settings.logger.error({ error: errorStack(error) }, `graceful: ${name} failed`)
  }
}
