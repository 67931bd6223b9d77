import type { Deadline } from './deadline.js'
import type { Runtime, Timer } from './process/runtime.js'
import type { AdaptiveDelay, DelayEnd } from './types.js'

/**
 * Decides when the propagation delay can end.
 *
 * A source of new connections is a peer address: the kube-proxy of a node (NodePort traffic is masqueraded), an ingress controller
 * or a load balancer. Each source learns at its own time that this pod has left the endpoints. The pod sees only one sign of that:
 * the source falls silent. A source that still sends here and opens λ connections per second leaves a gap of t seconds with
 * probability e^(−λt) (Poisson arrivals). So a source with a measured rate λ that has been silent for
 *
 *     t = ln(1/ε) / λ
 *
 * has switched to other pods, with an error probability of ε. Real arrivals come in bursts, so the silence must also last
 * {@link GAP_FACTOR} times the longest gap of the source before the signal. A source with a low rate needs more silence than the
 * delay has: it extends the delay to `expected`. So does a source that is new, and a service without any source, because their silence
 * proves nothing. After `expected`, only a source that still opens connections extends the delay, to `max` at the latest.
 *
 * Two things are not evidence. Requests on open connections do not count, because no proxy routes them again. The kubelet's probes
 * do not count: they open connections from a node's address and continue to the end.
 *
 * `docs/propagation.md` shows the losses and the shorter delays of this rule in a simulation.
 */
export class ArrivalRates {
  readonly #sources = new Map<string, Source>()
  #frozen = false
  /** Last time at which a source could not be measured because there were too many. */
  #overflowedAt = Number.NEGATIVE_INFINITY
  #lastCleanup = Number.NEGATIVE_INFINITY

  /**
   * Records a new connection from `source` at `now` (ms).
   *
   * @returns a function that removes the record, for a connection that turns out to be a probe
   */
  record(source: string, now: number): () => void {
    const known = this.#sources.get(source)
    if (known !== undefined) return known.record(now)
    if (!this.#hasRoom(now)) {
      this.#overflowedAt = now
      return () => {}
    }
    const added = new Source(now)
    this.#sources.set(source, added)
    const retract = added.record(now)
    return () => {
      // A source whose only connection is a probe after the signal has sent no traffic.
      if (this.#frozen && added.lastSeen === now) this.#sources.delete(source)
      else retract()
    }
  }

  /** Fixes the rates at those of the last {@link WINDOW} ms. Call it at the signal. */
  freeze(now: number): void {
    this.#removeInactive(now)
    this.#frozen = true
    for (const source of this.#sources.values()) source.freeze(now)
  }

  /** Returns whether every source has been silent long enough at `now` to show that it sends to other pods. */
  allSwitched(now: number): boolean {
    if (this.#sources.size === 0 || now - this.#overflowedAt <= SOURCE_LIFETIME) return false
    for (const source of this.#sources.values()) {
      if (now - source.lastSeen < source.requiredSilence) return false
    }
    return true
  }

  /** Returns whether a source still opens connections at `now`. */
  someConnect(now: number): boolean {
    if (now - this.#overflowedAt < SHORT_SILENCE) return true
    for (const source of this.#sources.values()) {
      const { requiredSilence } = source
      if (now - source.lastSeen < (requiredSilence > LONG_SILENCE ? SHORT_SILENCE : requiredSilence)) return true
    }
    return false
  }

  #hasRoom(now: number): boolean {
    if (this.#sources.size >= MAX_SOURCES && now - this.#lastCleanup >= BUCKET) {
      this.#lastCleanup = now
      this.#removeInactive(now)
    }
    return this.#sources.size < MAX_SOURCES
  }

  #removeInactive(now: number): void {
    for (const [address, source] of this.#sources) {
      if (now - source.lastSeen > SOURCE_LIFETIME) this.#sources.delete(address)
    }
  }
}

/** Accepted probability, for each source, that the delay ends while the source still sends here. */
const EPSILON = 1e-6
/** Rates and gaps are those of the last 20 s: long enough to contain most gaps, short enough to follow the traffic. In ms. */
const WINDOW = 20_000
/**
 * If n gaps have an exponential tail, the next gap exceeds 3 times the longest with probability 6 / (n+1)(n+2)(n+3). That is 1 in
 * 40,000 for bursts that come 3 times per second. With a factor of 2 it is 1 in 2,000.
 */
const GAP_FACTOR = 3
/** The rule considers the sources of the last minute. A less frequent source rarely sends during the delay. In ms. */
const SOURCE_LIFETIME = 60_000
/** A source that has been known for less than this has no rate yet, in ms. */
const MIN_OBSERVATION = 3_000
/** Highest rate of a kubelet's probes, per second: readiness and liveness, once per second each. */
const MAX_PROBE_RATE = 2
/** More sources than a cluster has nodes that send to one pod. The limit bounds memory where clients connect directly. */
const MAX_SOURCES = 1_024
/** A source that must be silent for longer than this rarely opens connections: its silence proves nothing. In ms. */
const LONG_SILENCE = 15_000
/** Such a source no longer opens connections if it has been silent for this time after the expected delay, in ms. */
const SHORT_SILENCE = 5_000
/** Time resolution of the counts within the window, in ms. */
const BUCKET = 2_000

class Source {
  lastSeen: number
  #since: number
  #rate = 0
  #longestGap = 0
  #sendsProbes = false
  readonly #buckets: { count: number; longestGap: number; index: number }[] = Array.from(
    { length: WINDOW / BUCKET },
    () => ({ count: 0, longestGap: 0, index: -1 }),
  )

  constructor(now: number) {
    this.lastSeen = now
    this.#since = now
  }

  /** Silence that shows that the source has switched to other pods, in ms. */
  get requiredSilence(): number {
    // Before the signal the library cannot distinguish probes from traffic, so probes have raised the rate.
    const rate = Math.max(0, this.#rate - (this.#sendsProbes ? MAX_PROBE_RATE : 0))
    return Math.max((Math.log(1 / EPSILON) / rate) * 1_000, GAP_FACTOR * this.#longestGap)
  }

  record(now: number): () => void {
    const before = this.lastSeen
    // A source that returns after a long silence counts as new.
    const gap = now - before > WINDOW ? 0 : now - before
    if (now - before > WINDOW) this.#since = now
    const index = Math.floor(now / BUCKET)
    const bucket = this.#buckets[index % this.#buckets.length]!
    if (bucket.index !== index) Object.assign(bucket, { count: 0, longestGap: 0, index })
    bucket.count += 1
    bucket.longestGap = Math.max(bucket.longestGap, gap)
    this.lastSeen = now
    return () => {
      this.#sendsProbes = true
      if (this.lastSeen === now) this.lastSeen = before
    }
  }

  freeze(now: number): void {
    const observed = now - this.#since
    if (observed < MIN_OBSERVATION) return
    const oldest = Math.floor((now - WINDOW) / BUCKET)
    const recent = this.#buckets.filter(({ index }) => index > oldest)
    const connections = recent.reduce((sum, { count }) => sum + count, 0)
    this.#rate = connections / (Math.min(WINDOW, observed) / 1_000)
    this.#longestGap = recent.reduce((longest, { longestGap }) => Math.max(longest, longestGap), now - this.lastSeen)
  }
}

/** Time between two looks at the evidence, in ms. */
const POLL = 50

/** Waits until the propagation delay can end, and returns the reason. If the three times are equal, the delay is fixed. */
export async function waitForPropagation(
  runtime: Runtime,
  delay: Record<keyof AdaptiveDelay, number>,
  rates: ArrivalRates,
  deadline: Deadline,
): Promise<DelayEnd> {
  const started = runtime.now()
  rates.freeze(started)
  let next = delay.min
  for (;;) {
    let timer: Timer | undefined
    const wait = new Promise<void>((resolve) => {
      timer = runtime.setTimeout(resolve, next)
    })
    // oxlint-disable-next-line no-await-in-loop -- each round waits for the next look
    if (!(await deadline.allows(wait))) {
      runtime.clearTimeout(timer)
      return 'deadline'
    }
    const now = runtime.now()
    const elapsed = now - started
    if (elapsed >= delay.max) return 'max'
    if (rates.allSwitched(now)) return 'evidence'
    if (elapsed >= delay.expected && !rates.someConnect(now)) return 'expected'
    const limit = elapsed < delay.expected ? delay.expected : delay.max
    next = Math.min(POLL, limit - elapsed)
  }
}
