import { invalid, milliseconds } from '../options/validation.js'
import { errorMessage } from '../process/reporting/error-text.js'
import { attempt } from '../process/guard.js'
import type { Runtime, Timer } from '../process/runtime.js'
import type { ReadinessCheck, ReadinessCheckOptions } from '../types.js'

/** Names of the library's own conditions in the answers to probes. */
export type BuiltInCondition = 'startup' | 'state' | 'notReady'

interface Entry {
  readonly run: ReadinessCheck
  readonly timeout: number
  readonly cacheFor: number
  last?: { readonly result: CheckResult; readonly at: number }
}

export interface CheckResult {
  readonly name: string
  /** Reason for the failure; undefined if the check passed. */
  readonly failure: string | undefined
}

/** Conditions of the library in the answers to probes. A check with such a name would hide the condition. */
const RESERVED: ReadonlySet<string> = new Set<BuiltInCondition>(['startup', 'state', 'notReady'])

/** The readiness checks. Together with the state they decide whether `/readyz` answers 200. */
export class ReadinessChecks {
  readonly #runtime: Runtime
  readonly #checks = new Map<string, Entry>()
  readonly #running = new Map<string, Promise<CheckResult>>()

  constructor(runtime: Runtime) {
    this.#runtime = runtime
  }

  add(name: string, run: ReadinessCheck, options: ReadinessCheckOptions = {}): () => void {
    if (typeof name !== 'string' || name === '')
      throw invalid('the name of a readiness check', 'a non-empty string', name)
    if (typeof run !== 'function') throw invalid(`the readiness check '${name}'`, 'a function', run)
    if (RESERVED.has(name))
      throw invalid('the name of a readiness check', `none of the library's own (${[...RESERVED].join(', ')})`, name)
    if (this.#checks.has(name)) throw invalid('the name of a readiness check', 'a name that is not taken', name)
    this.#checks.set(name, {
      run,
      timeout: milliseconds(`the timeout of check '${name}'`, options.timeout ?? 1_000),
      cacheFor: milliseconds(`the cacheFor of check '${name}'`, options.cacheFor ?? 0),
    })
    return () => this.#checks.delete(name)
  }

  async run(): Promise<CheckResult[]> {
    return Promise.all([...this.#checks].map(async ([name, entry]) => this.#shared(name, entry)))
  }

  /** Shares one run of a check between the probes that arrive during it, so that a slow database gets one query at a time. */
  async #shared(name: string, entry: Entry): Promise<CheckResult> {
    const { last } = entry
    if (last !== undefined && this.#runtime.now() - last.at < entry.cacheFor) return last.result
    const running = this.#running.get(name)
    if (running !== undefined) return running
    const result = this.#runOne(name, entry.run, entry.timeout)
      .then((done) => {
        entry.last = { result: done, at: this.#runtime.now() }
        return done
      })
      .finally(() => this.#running.delete(name))
    this.#running.set(name, result)
    return result
  }

  async #runOne(name: string, run: ReadinessCheck, timeout: number): Promise<CheckResult> {
    let timer: Timer | undefined
    const limit = new Promise<CheckResult>((resolve) => {
      const late = () => resolve({ name, failure: `took longer than ${timeout} ms` })
      timer = this.#runtime.setTimeout(late, timeout)
    })
    const work = attempt(run).then((failure) => ({ name, failure: failure && errorMessage(failure.error) }))
    try {
      return await Promise.race([work, limit])
    } finally {
      this.#runtime.clearTimeout(timer)
    }
  }
}
