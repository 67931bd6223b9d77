import type { Deadline } from './deadline.js'
import type { Runtime, Timer } from './process/runtime.js'
import { errorMessage } from './process/error-text.js'
import { bad, milliseconds } from './options/validation.js'

/** Why the process stops. */
export interface ShutdownContext {
  /** What `shutdown(reason)` was given, or the signal's name. */
  readonly reason: string
  /** Undefined where no signal started it. */
  readonly signal: NodeJS.Signals | undefined
}

/**
 * What runs once the last connection is gone. What it returns is awaited; what it throws, or rejects with, is reported as a failure
 * and stops no other.
 *
 * @example async ({ reason }) => { logger.info({ reason }, 'closing the pool'); await pool.end() }
 */
export type Hook = (context: ShutdownContext) => unknown

/**
 * When a hook runs and how long it may take.
 *
 * @example { order: 10, timeout: 2_000 }
 */
export interface HookOptions {
  /** Hooks run from the lowest order to the highest; those of one order run at the same time. Default 0. */
  readonly order?: number
  /** How long the next order waits for this hook, in ms. Default 5,000. The whole budget ends it in any case. */
  readonly timeout?: number
}

/** How one hook ended, as {@link ShutdownReport} gives it. */
export interface HookResult {
  readonly name: string
  /** `timed-out`: the limit came first, its own or the budget's. `not-run`: the budget was spent before its turn. */
  readonly outcome: 'done' | 'failed' | 'timed-out' | 'not-run'
  /** In ms. */
  readonly durationMs: number
  /** What it threw. */
  readonly error?: string
}

interface Entry {
  readonly name: string
  readonly run: Hook
  readonly order: number
  readonly timeout: number
}

/** What runs after the last connection is gone: pools to close, buffers to flush. */
export class Hooks {
  readonly #runtime: Runtime
  readonly #entries = new Set<Entry>()
  /** Of those that have ended, in the order in which they ran. */
  readonly results: HookResult[] = []

  constructor(runtime: Runtime) {
    this.#runtime = runtime
  }

  add(name: string, run: Hook, options: HookOptions = {}): () => void {
    if (typeof name !== 'string' || name === '')
      throw bad('the name of a shutdown hook', 'a string that is not empty', name)
    if (typeof run !== 'function') throw bad(`the shutdown hook '${name}'`, 'a function', run)
    const { order = 0, timeout = 5_000 } = options
    if (typeof order !== 'number' || Number.isNaN(order)) throw bad(`the order of hook '${name}'`, 'a number', order)
    const entry: Entry = { name, run, order, timeout: milliseconds(`the timeout of hook '${name}'`, timeout) }
    this.#entries.add(entry)
    return () => this.#entries.delete(entry)
  }

  /** The longest that all of them may take, in ms. */
  get worstCase(): number {
    return this.#groups().reduce((sum, group) => sum + Math.max(...group.map((entry) => entry.timeout)), 0)
  }

  /** Runs them all. One that throws or hangs never stops the others. */
  async run(context: ShutdownContext, deadline: Deadline): Promise<void> {
    for (const group of this.#groups()) {
      if (deadline.passed) this.results.push(...group.map(notRun))
      // oxlint-disable-next-line no-await-in-loop -- one order after the other is what an order is
      else this.results.push(...(await Promise.all(group.map((entry) => this.#runOne(entry, context, deadline)))))
    }
  }

  /** For a shutdown that the deadline ended before the hooks' turn. */
  skip(): void {
    this.results.push(...this.#groups().flat().map(notRun))
  }

  #groups(): Entry[][] {
    const byOrder = new Map<number, Entry[]>()
    for (const entry of this.#entries) byOrder.set(entry.order, [...(byOrder.get(entry.order) ?? []), entry])
    return [...byOrder].toSorted(([left], [right]) => left - right).map(([, group]) => group)
  }

  async #runOne(entry: Entry, context: ShutdownContext, deadline: Deadline): Promise<HookResult> {
    const started = this.#runtime.now()
    const result = (outcome: HookResult['outcome'], error?: unknown): HookResult => ({
      name: entry.name,
      outcome,
      durationMs: Math.round(this.#runtime.now() - started),
      ...(error === undefined ? {} : { error: errorMessage(error) }),
    })
    let timer: Timer | undefined
    const limit = new Promise<HookResult>((resolve) => {
      timer = this.#runtime.setTimeout(() => resolve(result('timed-out')), Math.min(entry.timeout, deadline.remaining))
    })
    const work = (async () => entry.run(context))().then(
      () => result('done'),
      (error: unknown) => result('failed', error ?? 'unknown error'),
    )
    try {
      return await Promise.race([work, limit])
    } finally {
      this.#runtime.clearTimeout(timer)
    }
  }
}

const notRun = (entry: Entry): HookResult => ({ name: entry.name, outcome: 'not-run', durationMs: 0 })
