import { errorMessage } from '../reporting/error-text.js'
import type { ListenerResult } from '../../types.js'
import { observe } from './started-work.js'

/** Results that are recorded. A program can have any number of listeners. */
const MAX_RESULTS = 50

type Result = { -readonly [K in keyof ListenerResult]: ListenerResult[K] }

/** A function of other code that the library calls at the end of the shutdown. */
export interface Callee {
  /** A callback is recorded only if it fails or does not end: every Socket.IO server has one. */
  readonly kind: 'listener' | 'callback'
  readonly name: string
  /** Stack frame of the call that added it, if known. */
  readonly where: string | undefined
  readonly call: () => unknown
}

/** Calls functions of other code, and follows what they start. */
export class Calls {
  readonly #onChange: () => void
  readonly #pending = new Set<{ readonly result: Result; readonly kind: Callee['kind'] }>()
  /** Results of the listeners, and those of the callbacks that have not ended well. */
  readonly results: Result[] = []
  /** Whether a function has failed, or has not ended in time. */
  hasFailed = false
  /** Whether a function without a promise has started something. The library cannot see its end. */
  hasStarted = false

  constructor(onChange: () => void) {
    this.#onChange = onChange
  }

  /** Number of functions whose promise is pending. */
  get pending(): number {
    return this.#pending.size
  }

  /** Calls a function. Its error reaches neither the caller nor the listeners for uncaught exceptions. */
  run({ kind, name, where, call }: Callee, onFailure: (error: unknown) => void): void {
    const result = create(name, where, 'done')
    if (kind === 'listener') this.#record(result)
    const fail = (error: unknown): void => {
      result.error = errorMessage(error)
      this.#end(kind, result, 'failed')
      onFailure(error)
    }
    try {
      const { returned, started } = observe(call)
      if (isThenable(returned)) this.#follow(returned, kind, result, fail)
      else if (started) this.hasStarted = true
    } catch (error) {
      fail(error)
    }
  }

  /** Records a listener that the library did not call, because the budget was spent. */
  skip(name: string, where: string | undefined): void {
    this.#end('listener', create(name, where, 'done'), 'not-run', true)
  }

  /** Records what is still pending at the end of the budget. */
  timeOut(): void {
    for (const { result, kind } of this.#pending) this.#end(kind, result, 'timed-out')
    this.#pending.clear()
  }

  #follow(returned: PromiseLike<unknown>, kind: Callee['kind'], result: Result, fail: (error: unknown) => void): void {
    const entry = { result, kind }
    this.#pending.add(entry)
    const settle = (): void => {
      this.#pending.delete(entry)
      this.#onChange()
    }
    returned.then(settle, (error: unknown) => {
      fail(error)
      settle()
    })
  }

  #end(kind: Callee['kind'], result: Result, outcome: ListenerResult['outcome'], isNew = kind === 'callback'): void {
    this.hasFailed = true
    result.outcome = outcome
    if (isNew) this.#record(result)
  }

  #record(result: Result): void {
    if (this.results.length < MAX_RESULTS) this.results.push(result)
  }
}

const create = (name: string, where: string | undefined, outcome: ListenerResult['outcome']): Result => ({
  name,
  ...(where === undefined ? {} : { where }),
  outcome,
})

const isThenable = (value: unknown): value is PromiseLike<unknown> =>
  typeof (value as { then?: unknown } | null | undefined)?.then === 'function'
