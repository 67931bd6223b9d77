/** The moments at which this process had no free file descriptor, to the second. */
export class FileShortages {
  readonly #seconds = new Set<number>()

  /** @param at on the harness's monotonic clock, in ms */
  note(at: number): void {
    this.#seconds.add(Math.floor(at / 1_000))
  }

  /** Returns whether there was a shortage between two moments, or up to a second before or after. */
  near(from: number, to: number): boolean {
    for (let second = Math.floor(from / 1_000) - 1; second <= Math.floor(to / 1_000) + 1; second += 1) {
      if (this.#seconds.has(second)) return true
    }
    return false
  }
}
