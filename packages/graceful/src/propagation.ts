import type { Deadline } from './deadline.js'
import type { Runtime } from './process/runtime.js'
import type { AdaptiveDelay } from './options.js'

/**
 * When the lame duck may end.
 *
 * Every source of new connections (a peer address: a node's kube-proxy, since NodePort traffic is masqueraded, an ingress
 * controller, a load balancer) learns for itself, and at its own time, that this pod has left. The only evidence of that which
 * reaches the pod is that a source falls silent. Connections of a source that still sends here and opens λ a second on average
 * leave a gap of t seconds with the probability e^(−λt) (Poisson arrivals). So a source that was measured at λ and has been
 * silent for
 *
 *     t = ln(1/ε) / λ
 *
 * has switched, but for a chance of ε. Real arrivals come in crowds and spells too, so the silence must also be
 * {@link GAP_FACTOR} times as long as the longest gap that the source left while it was measured. A source that hardly speaks
 * (λ small) needs more silence than there is: it holds the delay to `max`, and so do a source that was only just met and a
 * service that nobody has called, because their silence proves nothing.
 *
 * Not evidence: requests on connections that are already open (no proxy decides about those again), and the kubelet's probes,
 * which come from a node's address too, a new connection each, and go on to the end.
 *
 * `docs/propagation.md` has what this loses and saves in a simulation.
 */
export class ArrivalRates {
  readonly #sources = new Map<string, Source>()
  #frozen = false
  /** When there last was a source too many to be measured, and when it was last tried to make room. */
  #overflowed = Number.NEGATIVE_INFINITY
  #forgot = Number.NEGATIVE_INFINITY

  /** A new connection from `source` at `now` (ms). @returns what takes it back, should it prove to be a probe */
  arrived(source: string, now: number): () => void {
    const known = this.#sources.get(source)
    if (known !== undefined) return known.arrived(now)
    if (!this.#hasRoom(now)) {
      this.#overflowed = now
      return () => {}
    }
    const met = new Source(now)
    this.#sources.set(source, met)
    // Whoever is first met by a probe after the signal has not called at all.
    const takeBack = met.arrived(now)
    return () => {
      if (this.#frozen && met.lastSeen === now) this.#sources.delete(source)
      else takeBack()
    }
  }

  /** The signal came: rates are those of the last {@link WINDOW} ms, and from here on only silence counts. */
  freeze(now: number): void {
    this.#forgetSilent(now)
    this.#frozen = true
    for (const source of this.#sources.values()) source.freeze(now)
  }

  /** Whether every source has been silent for long enough at `now`. */
  allSilent(now: number): boolean {
    if (this.#sources.size === 0 || now - this.#overflowed <= MEMORY) return false
    for (const source of this.#sources.values()) {
      if (now - source.lastSeen < source.conclusiveSilence) return false
    }
    return true
  }

  #hasRoom(now: number): boolean {
    if (this.#sources.size >= MOST_SOURCES && now - this.#forgot >= BUCKET) {
      this.#forgot = now
      this.#forgetSilent(now)
    }
    return this.#sources.size < MOST_SOURCES
  }

  #forgetSilent(now: number): void {
    for (const [address, source] of this.#sources) {
      if (now - source.lastSeen > MEMORY) this.#sources.delete(address)
    }
  }
}

/** The chance that is taken, per source, of ending while it still sends here. */
const EPSILON = 1e-6
/** Rates and gaps are those of the last 20 s: long enough to have met most gaps, short enough to follow the traffic. */
const WINDOW = 20_000
/**
 * Of n gaps with an exponential tail the longest is exceeded 3 times over by the next with a chance of 6 / (n+1)(n+2)(n+3): for
 * crowds that come 3 times a second 1 in 40,000. With a factor of 2 it was 1 in 2,000.
 */
const GAP_FACTOR = 3
/** Sources that called within the last minute are waited for. Who calls less often than that hardly calls in the delay either. */
const MEMORY = 60_000
/** A source that has been known for less than this, in ms, has no rate yet. */
const ACQUAINTANCE = 3_000
/** As often as a kubelet can ask, a second: readiness and liveness, a second apart each. */
const MOST_PROBES = 2
/** More than any cluster's nodes that speak to one pod; it bounds the memory where clients' own addresses arrive. */
const MOST_SOURCES = 1_024
const BUCKET = 2_000

class Source {
  lastSeen: number
  #since: number
  #rate = 0
  #longestGap = 0
  #probes = false
  readonly #buckets: { count: number; longestGap: number; index: number }[] = Array.from(
    { length: WINDOW / BUCKET },
    () => ({ count: 0, longestGap: 0, index: -1 }),
  )

  constructor(now: number) {
    this.lastSeen = now
    this.#since = now
  }

  /** The silence, in ms, after which it has switched. */
  get conclusiveSilence(): number {
    // Probes before the signal could not be told from calls, and have raised the rate.
    const rate = Math.max(0, this.#rate - (this.#probes ? MOST_PROBES : 0))
    return Math.max((Math.log(1 / EPSILON) / rate) * 1_000, GAP_FACTOR * this.#longestGap)
  }

  arrived(now: number): () => void {
    const before = this.lastSeen
    // Back from a long silence it is a new acquaintance.
    const gap = now - before > WINDOW ? 0 : now - before
    if (now - before > WINDOW) this.#since = now
    const index = Math.floor(now / BUCKET)
    const bucket = this.#buckets[index % this.#buckets.length]!
    if (bucket.index !== index) Object.assign(bucket, { count: 0, longestGap: 0, index })
    bucket.count += 1
    bucket.longestGap = Math.max(bucket.longestGap, gap)
    this.lastSeen = now
    return () => {
      this.#probes = true
      if (this.lastSeen === now) this.lastSeen = before
    }
  }

  freeze(now: number): void {
    const known = now - this.#since
    if (known < ACQUAINTANCE) return
    const oldest = Math.floor((now - WINDOW) / BUCKET)
    const recent = this.#buckets.filter(({ index }) => index > oldest)
    const calls = recent.reduce((sum, { count }) => sum + count, 0)
    this.#rate = calls / (Math.min(WINDOW, known) / 1_000)
    this.#longestGap = recent.reduce((longest, { longestGap }) => Math.max(longest, longestGap), now - this.lastSeen)
  }
}
/** Why the lame duck ended: its time was up, the sources fell silent, nothing listened, or the whole budget was spent. */
export type DelayEnd = 'max' | 'evidence' | 'not-listening' | 'deadline'

const POLL = 50

/** Waits until the lame duck may end. With `min` equal to `max` that is a fixed delay. */
export async function propagated(
  runtime: Runtime,
  delay: AdaptiveDelay,
  rates: ArrivalRates,
  deadline: Deadline,
): Promise<DelayEnd> {
  const started = runtime.now()
  rates.freeze(started)
  let next = delay.min
  for (;;) {
    const wait = new Promise<void>((resolve) => void runtime.setTimeout(resolve, next))
    // oxlint-disable-next-line no-await-in-loop -- the loop is the waiting
    if (!(await deadline.allows(wait))) return 'deadline'
    const now = runtime.now()
    const left = delay.max - (now - started)
    if (left <= 0) return 'max'
    if (rates.allSilent(now)) return 'evidence'
    next = Math.min(POLL, left)
  }
}
