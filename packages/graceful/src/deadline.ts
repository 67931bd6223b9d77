import type { Runtime, Timer } from './process/runtime.js'

/** Timers take whole milliseconds and may be early by as much, in ms. */
const TIMER_PRECISION = 2

/**
 * The end of the whole budget. Its timer is referenced: an unreferenced one would let Node exit with 0 from an empty event
 * loop while a hook still waits for something that holds no handle.
 */
export class Deadline {
  readonly expired: Promise<void>
  readonly #runtime: Runtime
  readonly #at: number
  readonly #timer: Timer

  constructor(runtime: Runtime, budget: number) {
    this.#runtime = runtime
    this.#at = runtime.now() + budget
    const { promise, resolve } = withResolvers()
    this.expired = promise
    this.#timer = runtime.setTimeout(resolve, budget)
  }

  /** In ms, never below 0. */
  get remaining(): number {
    return Math.max(0, this.#at - this.#runtime.now())
  }

  get passed(): boolean {
    return this.remaining < TIMER_PRECISION
  }

  /** False when the deadline came first. A rejection of `work` passes through. */
  async allows(work: Promise<unknown>): Promise<boolean> {
    return Promise.race([work.then(() => true), this.expired.then(() => false)])
  }

  cancel(): void {
    this.#runtime.clearTimeout(this.#timer)
  }
}

/** `Promise.withResolvers` for Node 20. */
export function withResolvers(): { promise: Promise<void>; resolve: () => void } {
  let resolve!: () => void
  const promise = new Promise<void>((settle) => {
    resolve = settle
  })
  return { promise, resolve }
}
