/** Counts the requests of one run. */
export class Tally {
  readonly #answered: string[] = []
  readonly #lost: string[] = []
  readonly #wrong: string[] = []

  answered(id: string): void {
    this.#answered.push(id)
  }

  /** Counts a request without a complete response. `seen` says how it ended. */
  lost(seen: string): void {
    this.#lost.push(seen)
  }

  /** Counts a complete response that is not the expected one. */
  wrong(seen: string): void {
    this.#wrong.push(seen)
  }

  get ids(): readonly string[] {
    return this.#answered
  }

  get counts(): { readonly requests: number; readonly lost: number; readonly wrong: number } {
    const [lost, wrong] = [this.#lost.length, this.#wrong.length]
    return { requests: this.#answered.length + lost + wrong, lost, wrong }
  }

  /** Returns how often each failure was seen, such as `3 × lost: ECONNREFUSED`. */
  get failures(): readonly string[] {
    const times = new Map<string, number>()
    const seen = [...this.#lost.map((how) => `lost: ${how}`), ...this.#wrong.map((how) => `wrong: ${how}`)]
    for (const how of seen) times.set(how, (times.get(how) ?? 0) + 1)
    return [...times].map(([how, count]) => `${count} × ${how}`)
  }
}
