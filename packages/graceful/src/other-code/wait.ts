import { withResolvers } from '../deadline.js'
import type { Runtime, Timer } from '../process/runtime.js'
import type { Host } from '../process/host/host.js'

/** How long promises of other code can be pending after a call of `process.exit()`, in ms. */
const AFTER_EXIT_CALL = 5_000
/** How long the library waits for listeners that have started nothing, if there is a server, in ms. They can have set a flag. */
const FOR_FLAGS = 5_000

/** The end of the time for other code. */
export interface Limit {
  readonly expired: Promise<void>
  readonly passed: boolean
}

/** The wait for what other code has started at the end of the shutdown. {@link OtherCode} has the rule. */
export class Wait {
  readonly #host: Host
  readonly #runtime: Runtime
  readonly #hasServer: boolean
  readonly #timers: Timer[] = []
  #isIdle = false
  #wasIdle = false
  #flagsOver = false
  #exitOver = false
  #change = withResolvers()

  constructor(host: Host, runtime: Runtime, hasServer: boolean) {
    this.#host = host
    this.#runtime = runtime
    this.#hasServer = hasServer
  }

  get isOver(): boolean {
    const { calls, called, exits, waiting } = this.#host
    if (this.#isIdle) return true
    // Another shutdown in the process is not ready for the listeners.
    if (waiting.length > 0) return false
    // A call from before the listeners ran says nothing about what they have started.
    const working = calls.pending > 0 || (calls.hasStarted && !exits.wasCalledLately)
    if (exits.wasCalled) return !working || this.#exitOver
    if (calls.pending > 0 || calls.hasStarted) return false
    return !called || calls.results.length === 0 || (this.#hasServer && this.#flagsOver)
  }

  /** Waits until the wait is over, and returns true; or until the limit, and returns false. */
  async run(limit: Limit): Promise<boolean> {
    if (this.isOver) return true
    const stop = this.#host.whenIdle(() => this.#onIdle())
    this.#after(FOR_FLAGS, () => (this.#flagsOver = true))
    let waitsForExit = false
    while (!this.isOver) {
      if (this.#host.exits.wasCalled && !waitsForExit) {
        waitsForExit = true
        this.#after(AFTER_EXIT_CALL, () => (this.#exitOver = true))
      }
      // oxlint-disable-next-line no-await-in-loop -- each round waits for the next change
      await Promise.race([this.#change.promise, limit.expired])
      if (limit.passed) break
    }
    stop()
    for (const timer of this.#timers) this.#runtime.clearTimeout(timer)
    return this.isOver
  }

  /** Checks again whether the wait is over. */
  readonly wake = (): void => {
    this.#change.resolve()
    this.#change = withResolvers()
  }

  #after(ms: number, mark: () => void): void {
    const timer = this.#runtime.setTimeout(() => {
      mark()
      this.wake()
    }, ms)
    this.#runtime.unref(timer)
    this.#timers.push(timer)
  }

  /** Other listeners for that moment can start work. So the wait is over the second time, which comes when that work has ended. */
  #onIdle(): void {
    const isOver = this.#wasIdle
    this.#wasIdle = true
    // Keeps the process alive for one turn.
    this.#runtime.setImmediate(() => {
      this.#isIdle = isOver
      this.wake()
    })
  }
}
