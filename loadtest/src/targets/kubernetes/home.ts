import { putBack, type Made, type Origin } from './restore.js'

/**
 * What a workload was before the first of several rollouts, and what they have made of it since: the way back goes to what was
 * found, and not to where the last of them began.
 */
export class Home {
  #origin: Origin | undefined
  #made: Made[] = []

  /** The first one counts. */
  found(origin: Origin): void {
    this.#origin ??= origin
  }

  /** A change was sent, whatever came of it. */
  left(made: Made): void {
    this.#made.push(made)
  }

  /** Has the workload as it was found, or says in one sentence what is left to do. Never throws. */
  async goBack(): Promise<string | undefined> {
    const made = this.#made
    this.#made = []
    return this.#origin === undefined || made.length === 0 ? undefined : putBack({ ...this.#origin, made })
  }
}
