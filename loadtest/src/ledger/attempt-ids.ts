import type { Attempt } from '../base/attempt.js'

/** The part of a run's attempts that one ledger numbers. Several machines number the attempts of one run without asking each other. */
export interface Share {
  /** From 0. */
  readonly index: number
  readonly of: number
}

/** Ids of attempts. A ledger numbers its own attempts 1, 2, 3 …; the number in the run is unique over all machines. */
export class AttemptIds {
  readonly #share: Share
  /** The first part of every id. */
  readonly prefix: string

  constructor(runId: string, share: Share) {
    this.prefix = `${runId}-`
    this.#share = share
  }

  /** Returns the number in the run of an attempt that this ledger has numbered. */
  inRun(number: number): number {
    return (number - 1) * this.#share.of + this.#share.index + 1
  }

  /** Returns the id for a number in the run. */
  idOf(inRun: number): string {
    return `${this.prefix}${inRun.toString(36)}`
  }

  /** Returns the number of an attempt in this ledger. */
  numberOf({ id }: Attempt): number {
    const inRun = Number.parseInt(id.slice(this.prefix.length), 36)
    return (inRun - 1 - this.#share.index) / this.#share.of + 1
  }
}
