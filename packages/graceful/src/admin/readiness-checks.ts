import type { Runtime, Timer } from '../process/runtime.js'
import { errorMessage } from '../process/error-text.js'
import { bad, milliseconds } from '../options/validation.js'

/**
 * Throws, or rejects, when the service should not be sent requests. What it returns is not looked at.
 *
 * @example () => pool.query('select 1')
 */
export type ReadinessCheck = () => unknown

/**
 * How long a check may take, and how long its result stands.
 *
 * @example { timeout: 500, cacheFor: 2_000 }
 */
export interface ReadinessCheckOptions {
  /** A check that takes longer than this has failed, in ms. Default 1,000: the kubelet's own default `timeoutSeconds`. */
  readonly timeout?: number
  /** How long a result stands before the check runs again, in ms. Default 0: each probe asks anew. */
  readonly cacheFor?: number
}

interface Entry {
  readonly run: ReadinessCheck
  readonly timeout: number
  readonly cacheFor: number
  last?: { readonly result: CheckResult; readonly at: number }
}

export interface CheckResult {
  readonly name: string
  /** Why it failed; undefined where it passed. */
  readonly failure: string | undefined
}

/** What decides, with the state, whether `/readyz` is 200. */
export class Checks {
  readonly #runtime: Runtime
  readonly #checks = new Map<string, Entry>()
  readonly #running = new Map<string, Promise<CheckResult>>()

  constructor(runtime: Runtime) {
    this.#runtime = runtime
  }

  add(name: string, run: ReadinessCheck, options: ReadinessCheckOptions = {}): () => void {
    if (typeof name !== 'string' || name === '')
      throw bad('the name of a readiness check', 'a string that is not empty', name)
    if (typeof run !== 'function') throw bad(`the readiness check '${name}'`, 'a function', run)
    if (this.#checks.has(name)) throw bad('the name of a readiness check', 'one that is not taken', name)
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

  /** Probes that come while a check still runs wait for that run: a slow database is not asked once a probe. */
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
    const work = (async () => run())().then(
      () => ({ name, failure: undefined }),
      (error: unknown) => ({ name, failure: errorMessage(error) }),
    )
    try {
      return await Promise.race([work, limit])
    } finally {
      this.#runtime.clearTimeout(timer)
    }
  }
}
