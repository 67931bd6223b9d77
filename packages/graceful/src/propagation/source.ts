/**
 * Numbers of the rule that `evidence/simulation` varies. Times in ms.
 *
 * The values of {@link LIMITS} come from `docs/propagation.md`: the shortest memory and silence that lose nothing there.
 */
export interface Limits {
  /** The longest gap of a source is that of this time before the signal. */
  readonly gapMemory: number
  /** A source that returns regularly counts until its silence is three times its longest pause, and for this time at most. */
  readonly returnMemory: number
  /** After the expected delay, a source that has been silent for this time opens no connections any more. */
  readonly enoughSilence: number
}

export const LIMITS: Limits = { gapMemory: 60_000, returnMemory: 15 * 60_000, enoughSilence: 8_000 }

/** Accepted probability, for each source, that the delay ends while the source still sends here. */
const EPSILON = 1e-6
/** The rate is that of the last 20 s, so that it follows the traffic. A source that is silent for longer makes a pause. In ms. */
const WINDOW = 20_000
/**
 * If n gaps have an exponential tail, the next gap exceeds 3 times the longest with probability 6 / (n+1)(n+2)(n+3). That is 1 in
 * 1,000,000 for bursts that come 3 times per second. With a factor of 2 it is 1 in 16,000.
 */
const GAP_FACTOR = 3
/** A source counts for the minute after its last connection, in ms. */
const LIFETIME = 60_000
/** A source with so many pauses returns regularly. Fewer can be the tests of a person, or a job that ran once. */
const REGULAR_PAUSES = 2
/** A source that has been known for less than this has no rate yet, in ms. */
const MIN_OBSERVATION = 3_000
/** Highest rate of a kubelet's probes, per second: readiness and liveness, once per second each. */
const MAX_PROBE_RATE = 2
/** Time resolution of the counts and gaps, in ms. */
const BUCKET = 2_000

interface Bucket {
  readonly index: number
  count: number
  longestGap: number
}

/** One address that opens connections: what its past says about the silence that shows that it sends to other pods. Times in ms. */
export class Source {
  readonly address: string
  lastSeen: number
  readonly #limits: Limits
  #since: number
  #rate = 0
  #longestGap = 0
  #pauses = 0
  #longestPause = 0
  #sendsProbes = false
  /** Only those with connections, oldest first. */
  #buckets: Bucket[] = []

  constructor(address: string, now: number, limits: Limits) {
    this.address = address
    this.lastSeen = now
    this.#limits = limits
    this.#since = now
  }

  /** New connections per second before the signal; undefined if the source was too new or in a pause. */
  get perSecond(): number | undefined {
    // Before the signal the library cannot distinguish probes from traffic, so probes have raised the rate.
    const rate = this.#rate - (this.#sendsProbes ? MAX_PROBE_RATE : 0)
    return rate > 0 ? rate : undefined
  }

  /** Longest time between two connections in the last minute before the signal; undefined without a rate. */
  get longestGap(): number | undefined {
    return this.perSecond === undefined ? undefined : this.#longestGap
  }

  /** Silence that shows that the source has switched to other pods. Infinite without a rate. */
  get conclusiveSilence(): number {
    const rate = this.perSecond
    if (rate === undefined) return Number.POSITIVE_INFINITY
    return Math.max((Math.log(1 / EPSILON) / rate) * 1_000, GAP_FACTOR * this.#longestGap)
  }

  /** Whether the source counts at `now`, before the signal. */
  isActive(now: number): boolean {
    const untilReturn = this.#pauses < REGULAR_PAUSES ? 0 : GAP_FACTOR * this.#longestPause
    return now - this.lastSeen <= Math.max(LIFETIME, Math.min(untilReturn, this.#limits.returnMemory))
  }

  /** Records a connection, and returns a function that removes it again, because it was a probe. */
  record(now: number): () => void {
    const before = this.lastSeen
    const gap = now - before
    if (gap > WINDOW) this.#endPause(gap, now)
    this.lastSeen = now
    const index = Math.floor(now / BUCKET)
    const last = this.#buckets.at(-1)
    const longestGap = gap > WINDOW ? 0 : gap
    if (last?.index === index) {
      last.count += 1
      last.longestGap = Math.max(last.longestGap, longestGap)
    } else {
      this.#buckets.push({ index, count: 1, longestGap })
      if (this.#buckets[0]!.index < index - this.#limits.gapMemory / BUCKET) this.#buckets.shift()
    }
    return () => {
      this.#sendsProbes = true
      if (this.lastSeen === now) this.lastSeen = before
    }
  }

  /** Fixes the rate and the longest gap. Call it at the signal. */
  freeze(now: number): void {
    const observed = now - this.#since
    if (observed < MIN_OBSERVATION) return
    const connections = this.#bucketsOf(WINDOW, now).reduce((sum, { count }) => sum + count, 0)
    this.#rate = connections / (Math.min(WINDOW, observed) / 1_000)
    this.#longestGap = Math.max(
      now - this.lastSeen,
      ...this.#bucketsOf(this.#limits.gapMemory, now).map(({ longestGap }) => longestGap),
    )
  }

  /** A source that returns after a pause counts as new, because its traffic may have changed. */
  #endPause(pause: number, now: number): void {
    this.#pauses += 1
    this.#longestPause = Math.max(this.#longestPause, pause)
    this.#since = now
    this.#buckets = []
  }

  #bucketsOf(time: number, now: number): Bucket[] {
    const oldest = Math.floor((now - time) / BUCKET)
    return this.#buckets.filter(({ index }) => index > oldest)
  }
}
