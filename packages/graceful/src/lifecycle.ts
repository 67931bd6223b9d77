import type { Runtime } from './process/runtime.js'

/**
 * Where a service stands between its start and its exit.
 *
 * - `starting`: not every server listens yet, or `notReady()` was called and `ready()` was not.
 * - `ready`: serving. Whether `/readyz` is 200 also depends on the readiness checks.
 * - `lameDuck`: the signal came. Readiness fails, everything is still accepted and served, responses say `Connection: close`.
 * - `draining`: the listener is closed. Open connections get their last answer; idle ones linger.
 * - `closing`: no connection is left. Shutdown hooks run.
 * - `terminated`: the process is about to exit.
 */
export type State = 'starting' | 'ready' | 'lameDuck' | 'draining' | 'closing' | 'terminated'

/** The only moves there are. Every state may end in `terminated`: that is the deadline. */
const transitions: Readonly<Record<State, readonly State[]>> = {
  starting: ['ready', 'lameDuck', 'terminated'],
  ready: ['lameDuck', 'terminated'],
  lameDuck: ['draining', 'terminated'],
  draining: ['closing', 'terminated'],
  closing: ['terminated'],
  terminated: [],
}

/** Hears of each change of the state, in the turn in which it happens. */
export type StateListener = (state: State, previous: State) => void

/** Holds the state, and is the only thing that changes it. Each state is entered at most once. */
export class Lifecycle {
  readonly #runtime: Runtime
  readonly #listeners = new Set<StateListener>()
  readonly #enteredAt = new Map<State, number>()
  #state: State = 'starting'

  constructor(runtime: Runtime) {
    this.#runtime = runtime
    this.#enteredAt.set('starting', runtime.now())
  }

  get state(): State {
    return this.#state
  }

  /** The signal has come. */
  get shuttingDown(): boolean {
    return this.#state !== 'starting' && this.#state !== 'ready'
  }

  enteredAt(state: State): number | undefined {
    return this.#enteredAt.get(state)
  }

  enter(state: State): void {
    const previous = this.#state
    if (!transitions[previous].includes(state)) {
      throw new Error(`no way leads from state '${previous}' to '${state}'`)
    }
    this.#state = state
    this.#enteredAt.set(state, this.#runtime.now())
    for (const listener of this.#listeners) listener(state, previous)
  }

  onEnter(listener: StateListener): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  /** How long each state that was entered lasted so far, in ms. */
  durations(): Partial<Record<State, number>> {
    const entered = [...this.#enteredAt]
    return Object.fromEntries(
      entered.map(([state, at], index) => [state, Math.round((entered[index + 1]?.[1] ?? this.#runtime.now()) - at)]),
    )
  }
}
