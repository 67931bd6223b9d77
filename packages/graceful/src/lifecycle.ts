import type { Runtime } from './process/runtime.js'
import type { State, StateListener } from './types.js'

/** The valid transitions. From `ready` to `starting`: other code has closed the server. A shutdown passes every state from `lameDuck` on, so that the hooks run in each. */
const transitions: Readonly<Record<State, readonly State[]>> = {
  starting: ['ready', 'lameDuck'],
  ready: ['starting', 'lameDuck'],
  lameDuck: ['draining'],
  draining: ['closing'],
  closing: ['terminated'],
  terminated: [],
}

/** Holds the state of the service. Only `enter` changes it. */
export class Lifecycle {
  readonly #runtime: Runtime
  readonly #listeners = new Set<StateListener>()
  /** Time of the runtime's clock at which each state was entered last. */
  readonly #enteredAt = new Map<State, number>()
  /** How long each state has lasted, in ms, without the current one since it was entered. */
  readonly #lasted = new Map<State, number>()
  #state: State = 'starting'

  constructor(runtime: Runtime) {
    this.#runtime = runtime
    this.#enteredAt.set('starting', runtime.now())
  }

  get state(): State {
    return this.#state
  }

  /** Whether the shutdown has started. */
  get shuttingDown(): boolean {
    return this.#state !== 'starting' && this.#state !== 'ready'
  }

  /** Returns the time of the runtime's clock at which the state was entered last; undefined if it was not. */
  enteredAt(state: State): number | undefined {
    return this.#enteredAt.get(state)
  }

  /** Changes the state and calls the listeners. Throws if the transition is invalid. */
  enter(state: State): void {
    const previous = this.#state
    if (!transitions[previous].includes(state)) throw new Error(`invalid transition: ${previous} → ${state}`)
    this.#lasted.set(previous, this.#duration(previous))
    this.#state = state
    this.#enteredAt.set(state, this.#runtime.now())
    for (const listener of this.#listeners) listener(state, previous)
  }

  /** Adds a listener. Returns a function that removes it. */
  onEnter(listener: StateListener): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  /** Returns how long each entered state has lasted, in ms. */
  durations(): Partial<Record<State, number>> {
    const entered = [...this.#enteredAt.keys()]
    return Object.fromEntries(entered.map((state) => [state, Math.round(this.#duration(state))]))
  }

  #duration(state: State): number {
    const lasted = this.#lasted.get(state) ?? 0
    return state === this.#state ? lasted + this.#runtime.now() - (this.#enteredAt.get(state) ?? 0) : lasted
  }
}
