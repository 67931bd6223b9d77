import type { Attempt, Ending } from '../base/attempt.js'

/** An attempt that was not answered, as its client saw it. */
export interface SeenFailure {
  readonly number: number
  readonly attempt: Attempt
  readonly ending: Ending
  /** On the harness's monotonic clock, in ms. */
  readonly endedAt: number
}

/** A twin that answers nothing at 2,000 requests/s must not fill the memory. */
const MOST = 10_000

/** The attempts that their clients saw fail: the first 10,000 whole, the others counted. */
export class FailureList {
  readonly #kept: SeenFailure[] = []
  readonly #shortages = new Map<string, number>()
  #notListed = 0

  add(failure: SeenFailure): void {
    const { outcome, code = 'unknown' } = failure.ending
    if (outcome === 'harness-fault') this.#shortages.set(code, (this.#shortages.get(code) ?? 0) + 1)
    if (this.#kept.length < MOST) this.#kept.push(failure)
    else this.#notListed += 1
  }

  get kept(): readonly SeenFailure[] {
    return this.#kept
  }

  get notListed(): number {
    return this.#notListed
  }

  /** Counts attempts that this machine itself failed, by the system's error code. */
  shortages(): Readonly<Record<string, number>> {
    return Object.fromEntries(this.#shortages)
  }
}
