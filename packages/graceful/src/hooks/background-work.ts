import { invalid } from '../options/validation.js'
import { errorMessage } from '../process/reporting/error-text.js'
import type { Runtime } from '../process/runtime.js'
import type { AbandonedWork, Logger } from '../types.js'

interface Work {
  readonly name: string
  /** Time of the runtime's clock. */
  readonly since: number
}

/** Work that continues after its request: the shutdown waits for it as for a request in flight. */
export class BackgroundWork {
  readonly #runtime: Runtime
  readonly #logger: Logger
  readonly #pending = new Set<Work>()
  #waiting: (() => void)[] = []
  #closed = false

  constructor(runtime: Runtime, logger: Logger) {
    this.#runtime = runtime
    this.#logger = logger
  }

  /** Number of promises that are pending. */
  get size(): number {
    return this.#pending.size
  }

  /** See {@link Graceful.waitUntil}. */
  add(promise: PromiseLike<unknown>, name: string): void {
    if (typeof name !== 'string' || name === '')
      throw invalid('the name of background work', 'a non-empty string', name)
    if (typeof (promise as Partial<PromiseLike<unknown>> | null | undefined)?.then !== 'function')
      throw invalid(`the background work '${name}'`, 'a promise', promise)
    if (this.#closed) {
      const fault = `cannot wait for the background work '${name}': the shutdown is over`
      throw new Error(`graceful: ${fault}; start it before, or await it in a shutdown hook`)
    }
    const work: Work = { name, since: this.#runtime.now() }
    this.#pending.add(work)
    const end = (): void => {
      this.#pending.delete(work)
      this.#wake()
    }
    const fail = (error: unknown): void => {
      this.#logger.error({ work: name, error: errorMessage(error) }, `graceful: background work '${name}' failed`)
      end()
    }
    Promise.resolve(promise).then(end, fail)
  }

  /** Resolves when no work is pending, also none that the ended work has started. */
  async settled(): Promise<void> {
    while (this.#pending.size > 0) {
      // oxlint-disable-next-line no-await-in-loop -- repeated until nothing is pending
      await new Promise<void>((resolve) => void this.#waiting.push(resolve))
      // oxlint-disable-next-line no-await-in-loop -- the code that waits for the same promise runs now, and can start more work
      await new Promise<void>((resolve) => this.#runtime.setImmediate(resolve))
    }
  }

  /** Stops to wait for the pending work, and returns it by name: thousands of promises can have the same one. */
  abandon(): AbandonedWork[] {
    const now = this.#runtime.now()
    const byName = new Map<string, AbandonedWork>()
    // The oldest come first.
    for (const { name, since } of this.#pending) {
      const { count, oldestMs } = byName.get(name) ?? { count: 0, oldestMs: Math.round(now - since) }
      byName.set(name, { name, count: count + 1, oldestMs })
    }
    this.#pending.clear()
    this.#wake()
    return [...byName.values()]
  }

  /** Ends the shutdown: further work is refused. */
  close(): void {
    this.#closed = true
  }

  #wake(): void {
    if (this.#pending.size > 0) return
    for (const resolve of this.#waiting.splice(0)) resolve()
  }
}
