import type { Runtime, Timer } from '../../src/process/runtime.js'

interface FakeTimer {
  readonly at: number
  readonly callback: () => void
}

/** A process and a clock in the hand of a test: a minute passes at once, a crash is a call, and an exit is a value. */
export class FakeRuntime implements Runtime {
  readonly exits: number[] = []
  #now: number
  readonly #timers = new Set<FakeTimer>()
  readonly #immediates: (() => void)[] = []
  readonly #listeners = new Map<string, Set<(error: unknown) => void>>()

  constructor(now = 0) {
    this.#now = now
  }

  now(): number {
    return this.#now
  }

  setTimeout(callback: () => void, ms: number): Timer {
    const timer: FakeTimer = { at: this.#now + ms, callback }
    this.#timers.add(timer)
    return timer
  }

  clearTimeout(timer: Timer | undefined): void {
    this.#timers.delete(timer as FakeTimer)
  }

  setImmediate(callback: () => void): void {
    this.#immediates.push(callback)
  }

  onSignal(signal: NodeJS.Signals, listener: () => void): () => void {
    return this.#listen(signal, listener)
  }

  onCrash(event: 'uncaughtException' | 'unhandledRejection', listener: (error: unknown) => void): () => void {
    return this.#listen(event, listener)
  }

  exit(code: number): void {
    this.exits.push(code)
  }

  /** How many timers are running. */
  get timers(): number {
    return this.#timers.size
  }

  /** How many listeners there are for a signal or a crash. */
  listeners(event: string): number {
    return this.#listeners.get(event)?.size ?? 0
  }

  /** Has a signal or a crash come. */
  emit(event: NodeJS.Signals | 'uncaughtException' | 'unhandledRejection', error?: unknown): void {
    for (const listener of this.#listeners.get(event) ?? []) listener(error)
  }

  /** Lets so much time pass: every timer that is due fires at its own moment, and what follows from it happens before the next. */
  async advance(ms: number): Promise<void> {
    const end = this.#now + ms
    await this.settled()
    for (let timer = this.#next(); timer !== undefined && timer.at <= end; timer = this.#next()) await this.#fire(timer)
    this.#now = end
  }

  /** Lets the time pass that `work` needs, and not more. */
  async complete<T>(work: Promise<T>): Promise<T> {
    const state = { over: false }
    const end = () => {
      state.over = true
    }
    work.then(end, end)
    await this.settled()
    while (!state.over) {
      const timer = this.#next()
      if (timer === undefined) throw new Error('no timer is left, and the work is not done')
      await this.#fire(timer)
    }
    return work
  }

  /** Everything has happened that happens without time passing. */
  async settled(): Promise<void> {
    do {
      for (const callback of this.#immediates.splice(0)) callback()
      // Node turns to the next tick once no promise is left to go on with.
      await new Promise<void>((resolve) => {
        process.nextTick(resolve)
      })
    } while (this.#immediates.length > 0)
  }

  async #fire(timer: FakeTimer): Promise<void> {
    this.#timers.delete(timer)
    this.#now = Math.max(this.#now, timer.at)
    timer.callback()
    await this.settled()
  }

  #next(): FakeTimer | undefined {
    let next: FakeTimer | undefined
    for (const timer of this.#timers) if (next === undefined || timer.at < next.at) next = timer
    return next
  }

  #listen(event: string, listener: (error: unknown) => void): () => void {
    const listeners = this.#listeners.get(event) ?? new Set()
    this.#listeners.set(event, listeners.add(listener))
    return () => listeners.delete(listener)
  }
}
