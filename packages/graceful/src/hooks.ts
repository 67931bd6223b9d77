import type { Deadline } from './deadline.js'
import { invalid, milliseconds } from './options/validation.js'
import { errorMessage } from './process/error-text.js'
import type { Runtime, Timer } from './process/runtime.js'
import type { Hook, HookOptions, HookResult, ShutdownContext } from './types.js'

interface Entry {
  readonly name: string
  readonly run: Hook
  readonly order: number
  readonly timeout: number
}

/** Runs the shutdown hooks after the last connection has closed, or has been cut. */
export class Hooks {
  readonly #runtime: Runtime
  /** Hooks that have not started yet. */
  readonly #entries = new Set<Entry>()
  /** Results of the hooks that have ended, in the order in which they ran. */
  readonly results: HookResult[] = []
  #started = false
  #ended = false

  constructor(runtime: Runtime) {
    this.#runtime = runtime
  }

  add(name: string, run: Hook, options: HookOptions = {}): () => void {
    if (typeof name !== 'string' || name === '')
      throw invalid('the name of a shutdown hook', 'a non-empty string', name)
    if (typeof run !== 'function') throw invalid(`the shutdown hook '${name}'`, 'a function', run)
    const { order = 0, timeout = 5_000 } = options
    if (typeof order !== 'number' || Number.isNaN(order))
      throw invalid(`the order of hook '${name}'`, 'a number', order)
    if (this.#ended) {
      throw new Error(
        `cannot add the shutdown hook '${name}': the hooks have run; add it before the shutdown, or from a hook`,
      )
    }
    const entry: Entry = { name, run, order, timeout: milliseconds(`the timeout of hook '${name}'`, timeout) }
    this.#entries.add(entry)
    return () => this.#entries.delete(entry)
  }

  /** Whether the hooks have started to run. */
  get started(): boolean {
    return this.#started
  }

  /** Longest possible duration of all hooks, in ms. */
  get worstCase(): number {
    return this.#groups().reduce((sum, group) => sum + Math.max(...group.map((entry) => entry.timeout)), 0)
  }

  /**
   * Runs every hook. A hook that throws or hangs does not prevent the others. A hook can add hooks: a pool that opens late registers
   * its end late. The added hooks run after the hooks of the current order, the lowest order first.
   */
  async run(context: ShutdownContext, deadline: Deadline): Promise<void> {
    this.#started = true
    for (let [group] = this.#groups(); group !== undefined; [group] = this.#groups()) {
      for (const entry of group) this.#entries.delete(entry)
      if (deadline.passed) this.results.push(...group.map(notRun))
      // oxlint-disable-next-line no-await-in-loop -- the orders run one after another
      else this.results.push(...(await Promise.all(group.map((entry) => this.#runOne(entry, context, deadline)))))
    }
    this.#ended = true
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
    const limit = new Promise<void>((resolve) => {
      timer = this.#runtime.setTimeout(resolve, entry.timeout)
    })
    const timedOut = Promise.race([limit, deadline.expired]).then(() => result('timed-out'))
    const work = (async () => entry.run(context))().then(
      () => result('done'),
      (error: unknown) => result('failed', error ?? 'unknown error'),
    )
    try {
      return await Promise.race([work, timedOut])
    } finally {
      this.#runtime.clearTimeout(timer)
    }
  }
}

const notRun = (entry: Entry): HookResult => ({ name: entry.name, outcome: 'not-run', durationMs: 0 })
