import type { Runtime, Timer } from './process/runtime.js'

/** Node's timers have whole milliseconds and can fire this early, in ms. */
const TIMER_PRECISION = 2

/**
 * The end of the budget. Its timer is referenced: with an unreferenced timer Node would exit with 0 if a hook waits for something
 * that does not keep the event loop alive.
 */
export class Deadline {
  readonly expired: Promise<void>
  readonly #runtime: Runtime
  readonly #at: number
  readonly #timer: Timer

  /** @param budget time from now, in ms */
  constructor(runtime: Runtime, budget: number) {
    this.#runtime = runtime
    this.#at = runtime.now() + budget
    const { promise, resolve } = withResolvers()
    this.expired = promise
    this.#timer = runtime.setTimeout(resolve, budget)
  }

  /** Time left, in ms; 0 after the deadline. */
  get remaining(): number {
    return Math.max(0, this.#at - this.#runtime.now())
  }

  get passed(): boolean {
    return this.remaining < TIMER_PRECISION
  }

  /** Waits for `work` or for the deadline, and returns whether `work` ended first. Rejects if `work` rejects. */
  async allows(work: Promise<unknown>): Promise<boolean> {
    return Promise.race([work.then(() => true), this.expired.then(() => false)])
  }

  cancel(): void {
    this.#runtime.clearTimeout(this.#timer)
  }
}

/** Does the same as `Promise.withResolvers`, which Node 20 does not have. */
export function withResolvers(): { promise: Promise<void>; resolve: () => void } {
  let resolve!: () => void
  const promise = new Promise<void>((resolvePromise) => {
    resolve = resolvePromise
  })
  return { promise, resolve }
}
