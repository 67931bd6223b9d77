import { errorMessage } from '../process/reporting/error-text.js'
import type { Runtime, Timer } from '../process/runtime.js'
import type { Hook, HookPhase, HookResult, ShutdownContext } from '../types.js'

/** The time at which every hook of a phase must have ended. */
export interface PhaseLimit {
  readonly expired: Promise<void>
  readonly passed: boolean
}

/** A hook that has not started yet. */
export interface HookEntry {
  readonly name: string
  readonly run: Hook
  readonly order: number
  /** In ms; undefined if only the limit of the phase ends the hook. */
  readonly timeout: number | undefined
}

/** The hooks of one phase: from the lowest order to the highest, and those with the same order at the same time. */
export class Phase {
  readonly #name: HookPhase
  readonly #runtime: Runtime
  readonly #results: HookResult[]
  readonly #entries = new Set<HookEntry>()
  #runAll: (() => Promise<void>) | undefined
  #running: Promise<void> = Promise.resolve()
  #active = 0
  #closed = false

  /** @param results gets the result of each hook, in the order in which they ran */
  constructor(name: HookPhase, runtime: Runtime, results: HookResult[]) {
    this.#name = name
    this.#runtime = runtime
    this.#results = results
  }

  /**
   * Adds a hook. In a phase that has started, it runs after the hooks of the current order, the lowest order first. Code that opens a
   * pool late also registers its end late.
   *
   * @returns a function that removes the hook
   * @throws Error if the phase is over
   */
  add(entry: HookEntry): () => void {
    if (this.#closed) {
      const fault = `cannot add the shutdown hook '${entry.name}': the hooks of phase '${this.#name}' have run`
      throw new Error(`graceful: ${fault}; add it earlier, or with a later phase`)
    }
    this.#entries.add(entry)
    // A phase in progress whose hooks have all ended runs this one, too.
    if (this.#runAll !== undefined && this.#active === 0) this.#running = this.#running.then(this.#runAll)
    return () => this.#entries.delete(entry)
  }

  /** Longest possible duration of the hooks that have not started, in ms. Hooks without a limit count as 0. */
  get worstCase(): number {
    return this.#groups().reduce((sum, group) => sum + Math.max(...group.map(({ timeout = 0 }) => timeout)), 0)
  }

  get started(): boolean {
    return this.#runAll !== undefined
  }

  /** Whether a hook of a started phase runs, or waits for its turn. */
  get running(): boolean {
    return this.started && (this.#active > 0 || this.#entries.size > 0)
  }

  /** Starts the hooks. A hook that throws or hangs does not prevent the others. */
  start(context: ShutdownContext, limit: PhaseLimit): void {
    this.#runAll = async () => this.#runGroups(context, limit)
    this.#running = this.#runAll()
  }

  /** Resolves when every hook has ended, also those that were added meanwhile; soon after the limit of the phase at the latest. */
  async ended(): Promise<void> {
    let awaited
    do {
      awaited = this.#running
      // oxlint-disable-next-line no-await-in-loop -- a hook can be added during the wait
      await awaited
    } while (awaited !== this.#running)
  }

  /** Ends the phase: it takes no more hooks. */
  close(): void {
    this.#closed = true
  }

  async #runGroups(context: ShutdownContext, limit: PhaseLimit): Promise<void> {
    this.#active += 1
    for (let [group] = this.#groups(); group !== undefined; [group] = this.#groups()) {
      for (const entry of group) this.#entries.delete(entry)
      if (limit.passed) this.#results.push(...group.map((entry) => this.#result(entry, 'not-run', 0)))
      // oxlint-disable-next-line no-await-in-loop -- the orders run one after another
      else this.#results.push(...(await Promise.all(group.map((entry) => this.#runOne(entry, context, limit)))))
    }
    this.#active -= 1
  }

  #groups(): HookEntry[][] {
    const byOrder = new Map<number, HookEntry[]>()
    for (const entry of this.#entries) byOrder.set(entry.order, [...(byOrder.get(entry.order) ?? []), entry])
    return [...byOrder].toSorted(([left], [right]) => left - right).map(([, group]) => group)
  }

  async #runOne(entry: HookEntry, context: ShutdownContext, limit: PhaseLimit): Promise<HookResult> {
    const started = this.#runtime.now()
    const result = (outcome: HookResult['outcome'], error?: unknown): HookResult =>
      this.#result(entry, outcome, Math.round(this.#runtime.now() - started), error)
    let timer: Timer | undefined
    const ownLimit = new Promise<void>((resolve) => {
      if (entry.timeout !== undefined) timer = this.#runtime.setTimeout(resolve, entry.timeout)
    })
    const timedOut = Promise.race([ownLimit, limit.expired]).then(() => result('timed-out'))
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

  #result({ name }: HookEntry, outcome: HookResult['outcome'], durationMs: number, error?: unknown): HookResult {
    const failure = error === undefined ? {} : { error: errorMessage(error) }
    return { name, phase: this.#name, outcome, durationMs, ...failure }
  }
}
