import { createProcessState } from '../../src/process/process-state.js'
import { EventEmitter } from 'node:events'
import { Host, type HostProcess } from '../../src/process/host/host.js'
import type { Runtime, Timer } from '../../src/process/runtime.js'

interface FakeTimer {
  readonly at: number
  readonly callback: () => void
}

/** A process and a clock that a test controls: a minute passes at once, a crash is a call, and an exit is a value. */
export class FakeRuntime implements Runtime {
  readonly exits: number[] = []
  readonly state = createProcessState()
  /** The process as other code sees it: its listeners, `exit`, `kill` and `exitCode`. */
  readonly process: HostProcess = Object.assign(new EventEmitter(), {
    pid: 1,
    exit: ((code: number) => void this.exits.push(code)) as HostProcess['exit'],
    kill: () => true,
  })
  readonly host = new Host(this.process)
  /** See {@link Runtime.findWatcher}. */
  watcher: string | undefined
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

  unref(): void {}

  setImmediate(callback: () => void): void {
    this.#immediates.push(callback)
  }

  onSignal(signal: NodeJS.Signals, listener: () => void): () => void {
    return this.host.onSignal(signal, listener)
  }

  onCrash(event: 'uncaughtException' | 'unhandledRejection', listener: (error: unknown) => void): () => void {
    return this.#listen(event, listener)
  }

  findWatcher(): string | undefined {
    return this.watcher
  }

  async flushOutput(): Promise<void> {}

  exit(code: number): void {
    this.host.exits.exit(code)
  }

  exitWhenIdle(code: number, limit: number): void {
    this.setTimeout(() => this.exit(code), limit)
  }

  /** Number of running timers. */
  get timers(): number {
    return this.#timers.size
  }

  /** Returns the number of listeners for a signal or a crash. */
  listeners(event: string): number {
    return (this.#listeners.get(event)?.size ?? 0) + this.process.listenerCount(event)
  }

  /** Delivers a signal or a crash. */
  emit(event: NodeJS.Signals | 'uncaughtException' | 'unhandledRejection', error?: unknown): void {
    for (const listener of this.#listeners.get(event) ?? []) listener(error)
    if (event.startsWith('SIG')) this.process.emit(event, event, 15)
  }

  /** Advances the clock. Each timer fires at its own time, and its consequences happen before the next one fires. */
  async advance(ms: number): Promise<void> {
    const end = this.#now + ms
    await this.flush()
    for (let timer = this.#next(); timer !== undefined && timer.at <= end; timer = this.#next()) await this.#fire(timer)
    this.#now = end
  }

  /** Advances the clock until `work` is done, and no further. */
  async complete<T>(work: Promise<T>): Promise<T> {
    const state = { over: false }
    const end = () => {
      state.over = true
    }
    work.then(end, end)
    await this.flush()
    while (!state.over) {
      const timer = this.#next()
      if (timer === undefined) throw new Error('no timer is left, but the work is not done')
      await this.#fire(timer)
    }
    return work
  }

  /** Runs everything that needs no time: immediates and promise callbacks. */
  async flush(): Promise<void> {
    do {
      for (const callback of this.#immediates.splice(0)) callback()
      // `nextTick` callbacks run after all promise callbacks.
      await new Promise<void>((resolve) => {
        process.nextTick(resolve)
      })
    } while (this.#immediates.length > 0)
  }

  async #fire(timer: FakeTimer): Promise<void> {
    this.#timers.delete(timer)
    this.#now = Math.max(this.#now, timer.at)
    timer.callback()
    await this.flush()
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
