/** How long a line is remembered: the API takes whole seconds, and the two streams of a container may be out of order. */
const KEPT_MS = 2_000

/**
 * Remembers the timestamps of the lines that were read, so that reading can go on from a whole second without repeating a line.
 * Several lines may have the same timestamp, so they are counted.
 */
export class RecentLines {
  /** The number of lines read, by timestamp. */
  readonly #taken = new Map<string, number>()
  /** The number of lines that the log repeats after a break, by timestamp. */
  #toRepeat = new Map<string, number>()
  #newest = ''
  /** Whether the next line must be a known one: after a break an unknown line means that lines were lost. */
  #mustKnow = false

  /** The time from which to read on, as the API takes it; undefined before the first line. */
  get sinceTime(): string | undefined {
    if (this.#newest === '') return undefined
    const second = new Date(Date.parse(this.#newest) - KEPT_MS / 2)
    return second.toISOString().replace(/\.\d+Z$/u, 'Z')
  }

  /** Prepares for reading the log again from `sinceTime` on. */
  resume(): void {
    this.#toRepeat = new Map(this.#taken)
    this.#mustKnow = this.#taken.size > 0
  }

  /** Forgets every line: the next log starts from the beginning. */
  reset(): void {
    this.#taken.clear()
    this.#toRepeat.clear()
    this.#mustKnow = false
  }

  /** @returns `lost` for a new line after a break, if lines before it were lost. */
  take(timestamp: string): 'new' | 'repeated' | 'lost' {
    const repeats = this.#toRepeat.get(timestamp) ?? 0
    const unknown = this.#mustKnow && repeats === 0 && timestamp > this.#newest
    this.#mustKnow = false
    if (repeats > 0) {
      this.#toRepeat.set(timestamp, repeats - 1)
      return 'repeated'
    }
    this.#taken.set(timestamp, (this.#taken.get(timestamp) ?? 0) + 1)
    if (timestamp > this.#newest) this.#newest = timestamp
    if (this.#taken.size > this.#limit) this.#forgetOld()
    return unknown ? 'lost' : 'new'
  }

  #limit = 1_000

  #forgetOld(): void {
    const oldest = Date.parse(this.#newest) - KEPT_MS
    for (const timestamp of this.#taken.keys()) if (Date.parse(timestamp) < oldest) this.#taken.delete(timestamp)
    // The map is cleaned again after it has doubled, so that the cost of a line stays constant.
    this.#limit = Math.max(1_000, this.#taken.size * 2)
  }
}
