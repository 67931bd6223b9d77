import { withResolvers, type Deadline } from '../deadline.js'
import { invalid, milliseconds } from '../options/validation.js'
import type { Runtime } from '../process/runtime.js'
import type { Hook, HookOptions, HookPhase, HookResult, ShutdownContext } from '../types.js'
import type { BackgroundWork } from './background-work.js'
import { Phase, type PhaseLimit } from './phase.js'

/** Default limit of a hook that runs after the drain, in ms. */
const TIMEOUT = 5_000

/**
 * The shutdown hooks, in three phases.
 *
 * - `signal` starts at the signal and runs beside the delay and the drain. The drain waits for its hooks as for requests in flight, and
 *   stops to wait when the time of the later phases begins.
 * - `drained` runs after the drain.
 * - `last` runs after everything else. It keeps its share of the time that is left, however long the hooks before it take.
 */
export class Hooks {
  /** Results of the hooks that have ended, in the order in which they ran. */
  readonly results: HookResult[] = []
  readonly #phases: Readonly<Record<HookPhase, Phase>>
  readonly #background: BackgroundWork

  constructor(runtime: Runtime, background: BackgroundWork) {
    this.#background = background
    this.#phases = {
      signal: new Phase('signal', runtime, this.results),
      drained: new Phase('drained', runtime, this.results),
      last: new Phase('last', runtime, this.results),
    }
  }

  /** See {@link Graceful.onShutdown}. */
  add(name: string, run: Hook, options: HookOptions = {}): () => void {
    if (typeof name !== 'string' || name === '')
      throw invalid('the name of a shutdown hook', 'a non-empty string', name)
    if (typeof run !== 'function') throw invalid(`the shutdown hook '${name}'`, 'a function', run)
    const { phase = 'drained', order = 0, timeout = phase === 'signal' ? undefined : TIMEOUT } = options
    if (!Object.hasOwn(this.#phases, phase))
      throw invalid(`the phase of hook '${name}'`, `'signal', 'drained' or 'last'`, phase)
    if (typeof order !== 'number' || Number.isNaN(order))
      throw invalid(`the order of hook '${name}'`, 'a number', order)
    const limit = timeout === undefined ? undefined : milliseconds(`the timeout of hook '${name}'`, timeout)
    return this.#phases[phase].add({ name, run, order, timeout: limit })
  }

  /** Whether the hooks of phase `drained` have started to run. */
  get started(): boolean {
    return this.#phases.drained.started
  }

  /** Longest possible duration of the hooks after the drain, in ms. */
  get worstCase(): number {
    return this.#phases.drained.worstCase + this.#phases.last.worstCase
  }

  /** Starts the hooks of phase `signal`, which run until `end` at the longest. */
  start(context: ShutdownContext, end: Promise<void>): void {
    this.#phases.signal.start(context, limitAt(end))
  }

  /** Resolves when the hooks of a phase and the background work have ended. Each can start more of the other. */
  async ended(phase: HookPhase): Promise<void> {
    const hooks = this.#phases[phase]
    do {
      // oxlint-disable-next-line no-await-in-loop -- one after the other
      await hooks.ended()
      // oxlint-disable-next-line no-await-in-loop -- one after the other
      await this.#background.settled()
    } while (hooks.running)
  }

  /** Ends a phase that takes no more hooks, and whose hooks have ended or reach the limit of the phase now. */
  async close(phase: HookPhase): Promise<void> {
    this.#phases[phase].close()
    await this.#phases[phase].ended()
  }

  /**
   * Runs the hooks of a phase after the drain, and waits for the background work that starts meanwhile.
   *
   * @param between longest possible duration of the other work before the phase `last`, in ms
   */
  async run(phase: 'drained' | 'last', context: ShutdownContext, deadline: Deadline, between = 0): Promise<void> {
    const limit = phase === 'last' ? deadline : this.beforeLast(deadline, this.#phases.drained.worstCase, between)
    this.#phases[phase].start(context, limit)
    await Promise.race([this.ended(phase), limit.expired])
    await this.close(phase)
    deadline.cancelEarly()
  }

  /**
   * Returns the end of work that runs before the phase `last`. If the time is too short for both, they share it in proportion.
   *
   * @param wanted longest possible duration of the work, in ms
   * @param between that of further work between both, in ms
   */
  beforeLast(deadline: Deadline, wanted: number, between = 0): PhaseLimit {
    const later = between + this.#phases.last.worstCase
    if (later === 0) return deadline
    const { promise, resolve } = withResolvers()
    deadline.before((remaining) => Math.min(later, (remaining * later) / (wanted + later)), resolve)
    return limitAt(promise)
  }
}

function limitAt(expired: Promise<void>): PhaseLimit {
  const limit = { expired, passed: false }
  const pass = async (): Promise<void> => {
    await expired
    limit.passed = true
  }
  void pass()
  return limit
}
