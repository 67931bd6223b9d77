import type { Clock, Timer } from './process/runtime.js'

/** Node's timers have whole milliseconds and can fire this early, in ms. */
const TIMER_PRECISION = 2

/** A callback that runs before the deadline. */
interface Early {
  /** Returns how long before the deadline the callback runs, from the time that is left, both in ms. */
  readonly reserve: (remaining: number) => number
  readonly callback: () => void
  timer: Timer
}

/**
 * The end of the budget. Its timer keeps the process alive. Otherwise Node would exit with 0 while a hook waits for something
 * that does not.
 */
export class Deadline {
  readonly expired: Promise<void>
  readonly #runtime: Clock
  readonly #expire: () => void
  readonly #early = new Set<Early>()
  #at: number
  #timer: Timer
  #isReferenced = true

  /** @param budget time from now, in ms */
  constructor(runtime: Clock, budget: number) {
    this.#runtime = runtime
    this.#at = runtime.now() + budget
    const { promise, resolve } = withResolvers()
    this.expired = promise
    this.#expire = resolve
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

  /**
   * Runs a callback before the deadline.
   *
   * @param reserve returns how long before the deadline, from the time that is left, both in ms. `shorten` calls it again.
   */
  before(reserve: (remaining: number) => number, callback: () => void): void {
    const run = (): void => {
      this.#early.delete(early)
      callback()
    }
    const early: Early = { reserve, callback: run, timer: this.#schedule(reserve, run) }
    this.#early.add(early)
  }

  /** Moves the deadline and the callbacks before it forward, to at most `budget` ms from now. */
  shorten(budget: number): void {
    if (this.remaining <= budget) return
    this.#at = this.#runtime.now() + budget
    this.#runtime.clearTimeout(this.#timer)
    this.#timer = this.#start(this.#expire, budget)
    for (const early of this.#early) {
      this.#runtime.clearTimeout(early.timer)
      early.timer = this.#schedule(early.reserve, early.callback)
    }
  }

  /** Cancels the callbacks before the deadline. */
  cancelEarly(): void {
    for (const { timer } of this.#early) this.#runtime.clearTimeout(timer)
    this.#early.clear()
  }

  /** Lets the process end before the deadline if nothing else keeps it alive. */
  unref(): void {
    this.#isReferenced = false
    for (const timer of [this.#timer, ...[...this.#early].map((early) => early.timer)]) this.#runtime.unref(timer)
  }

  /** Keeps the process alive until the deadline again. */
  ref(): void {
    this.#isReferenced = true
    this.#runtime.clearTimeout(this.#timer)
    this.#timer = this.#start(this.#expire, this.remaining)
  }

  cancel(): void {
    this.cancelEarly()
    this.#runtime.clearTimeout(this.#timer)
  }

  #schedule(reserve: Early['reserve'], callback: () => void): Timer {
    const { remaining } = this
    return this.#start(callback, Math.max(0, remaining - reserve(remaining)))
  }

  #start(callback: () => void, ms: number): Timer {
    const timer = this.#runtime.setTimeout(callback, ms)
    if (!this.#isReferenced) this.#runtime.unref(timer)
    return timer
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
