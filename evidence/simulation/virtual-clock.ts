import type { Clock, Timer } from '../../packages/graceful/dist/process/runtime.js'

interface VirtualTimer {
  readonly at: number
  readonly callback: () => void
}

/** A clock for the library on which a minute passes at once. */
export class VirtualClock implements Clock {
  readonly #timers = new Set<VirtualTimer>()
  readonly #onAdvance: (now: number) => void
  #now: number

  /**
   * @param now time of the start, in ms
   * @param onAdvance called with the new time before the timer of that time fires
   */
  constructor(now: number, onAdvance: (now: number) => void) {
    this.#now = now
    this.#onAdvance = onAdvance
  }

  now(): number {
    return this.#now
  }

  setTimeout(callback: () => void, ms: number): Timer {
    const timer: VirtualTimer = { at: this.#now + ms, callback }
    this.#timers.add(timer)
    return timer
  }

  clearTimeout(timer: Timer | undefined): void {
    this.#timers.delete(timer as VirtualTimer)
  }

  unref(): void {}

  setImmediate(callback: () => void): void {
    queueMicrotask(callback)
  }

  /** Advances the clock until `work` is done, and no further. */
  async complete<T>(work: Promise<T>): Promise<T> {
    const state = { over: false }
    const end = () => {
      state.over = true
    }
    work.then(end, end)
    await settled()
    while (!state.over) {
      const timer = this.#next()
      this.#timers.delete(timer)
      this.#now = Math.max(this.#now, timer.at)
      this.#onAdvance(this.#now)
      timer.callback()
      // oxlint-disable-next-line no-await-in-loop -- each timer fires after the consequences of the one before
      await settled()
    }
    return work
  }

  #next(): VirtualTimer {
    let next: VirtualTimer | undefined
    for (const timer of this.#timers) if (next === undefined || timer.at < next.at) next = timer
    if (next === undefined) throw new Error('no timer is left, but the work is not done')
    return next
  }
}

/** Resolves after all promise callbacks: `nextTick` callbacks run last. */
const settled = async (): Promise<void> =>
  new Promise((resolve) => {
    process.nextTick(resolve)
  })
