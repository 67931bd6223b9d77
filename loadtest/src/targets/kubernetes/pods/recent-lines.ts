/** How far back lines are remembered: the API takes whole seconds, and two streams of a container may be out of order. */
const KEPT_MS = 2_000

/**
 * Which lines of a log have been read, by their timestamps, so that a log can be read on from a whole second without
 * repeating a line. Several lines may have one timestamp: they are counted.
 */
export class RecentLines {
  /** How often each timestamp was taken. */
  readonly #taken = new Map<string, number>()
  /** What the log, read again, still has to repeat. */
  #toRepeat = new Map<string, number>()
  #newest = ''
  /** After a break: the first line must be one that is known, or the log has lost its place. */
  #mustKnow = false

  /** Where to read on, as the API takes it; undefined before the first line. */
  get sinceTime(): string | undefined {
    if (this.#newest === '') return undefined
    const second = new Date(Date.parse(this.#newest) - KEPT_MS / 2)
    return second.toISOString().replace(/\.\d+Z$/u, 'Z')
  }

  /** The log is read again, from `sinceTime` on. */
  resume(): void {
    this.#toRepeat = new Map(this.#taken)
    this.#mustKnow = this.#taken.size > 0
  }

  /** What comes next is not the continuation of what came last. */
  forgetPlace(): void {
    this.#taken.clear()
    this.#toRepeat.clear()
    this.#mustKnow = false
  }

  /** @returns `lost` for a new line that does not follow on what was read before. */
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
    // Looked through again only once it has doubled, so that a line costs little at any rate.
    this.#limit = Math.max(1_000, this.#taken.size * 2)
  }
}
