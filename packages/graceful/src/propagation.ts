import type { Deadline } from './deadline.js'
import type { Environment } from './environment.js'
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
 * has switched, but for a chance of ε. Real arrivals come in bursts too, so the silence must also be {@link GAP_FACTOR} times as
 * long as the longest gap that the source left while it was measured. A source that hardly speaks (λ small) needs more silence
 * than there is: it holds the delay to `max`, and so does a service that nobody has called, because their silence proves nothing.
 *
 * Not evidence: requests on connections that are already open (no proxy decides about those again), and the kubelet's probes,
 * which come from a node's address too, a new connection each, and go on to the end.
 */
export class ArrivalRates {
  readonly #sources = new Map<string, Source>()
  #overflow = false

  /** A new connection from `source` at `now` (ms). @returns what takes it back, should it prove to be a probe */
  arrived(source: string, now: number): () => void {
    let known = this.#sources.get(source)
    if (known === undefined) {
      if (this.#sources.size >= MOST_SOURCES) this.#forgetSilent(now)
      if (this.#sources.size >= MOST_SOURCES) {
        this.#overflow = true
        return () => {}
      }
      known = new Source(now)
      this.#sources.set(source, known)
    }
    return known.arrived(now)
  }

  /** The signal came: rates are those of the last {@link WINDOW} ms, and from here on only silence counts. */
  freeze(now: number): void {
    this.#forgetSilent(now)
    for (const source of this.#sources.values()) source.freeze(now)
  }

  /** Whether every source has been silent for long enough at `now`. */
  allSilent(now: number): boolean {
    if (this.#overflow || this.#sources.size === 0) return false
    for (const source of this.#sources.values()) {
      if (now - source.lastSeen < source.conclusiveSilence) return false
    }
    return true
  }

  #forgetSilent(now: number): void {
    for (const [address, source] of this.#sources) {
      if (now - source.lastSeen > WINDOW) this.#sources.delete(address)
    }
  }
}

/** The chance that is taken, per source, of ending while it still sends here. */
const EPSILON = 1e-6
/** Rates are those of the last 10 s: long enough to measure one connection a second, short enough to follow the traffic. */
const WINDOW = 10_000
const GAP_FACTOR = 2
/** More than any cluster's nodes that speak to one pod; it bounds the memory where clients' own addresses arrive. */
const MOST_SOURCES = 1_024
const BUCKET = 1_000

class Source {
  lastSeen: number
  conclusiveSilence = Number.POSITIVE_INFINITY
  readonly #firstSeen: number
  readonly #buckets: { count: number; longestGap: number; second: number }[] = Array.from(
    { length: WINDOW / BUCKET },
    () => ({ count: 0, longestGap: 0, second: -1 }),
  )

  constructor(now: number) {
    this.lastSeen = now
    this.#firstSeen = now
  }

  arrived(now: number): () => void {
    const before = this.lastSeen
    const second = Math.floor(now / BUCKET)
    const bucket = this.#buckets[second % this.#buckets.length]!
    if (bucket.second !== second) Object.assign(bucket, { count: 0, longestGap: 0, second })
    bucket.count += 1
    bucket.longestGap = Math.max(bucket.longestGap, now - before)
    this.lastSeen = now
    return () => {
      if (this.lastSeen === now) this.lastSeen = before
    }
  }

  freeze(now: number): void {
    const oldest = Math.floor((now - WINDOW) / BUCKET)
    const recent = this.#buckets.filter((bucket) => bucket.second > oldest)
    const arrivals = recent.reduce((sum, bucket) => sum + bucket.count, 0)
    const longestGap = recent.reduce((longest, bucket) => Math.max(longest, bucket.longestGap), now - this.lastSeen)
    // A source is measured from its first connection on, for at least a second: two connections in a row are no rate.
    const seconds = Math.min(WINDOW, Math.max(BUCKET, now - this.#firstSeen)) / 1_000
    const rate = arrivals / seconds
    this.conclusiveSilence = Math.max((Math.log(1 / EPSILON) / rate) * 1_000, GAP_FACTOR * longestGap)
  }
}

/** Why the lame duck ended: its time was up, the sources fell silent, nothing listened, or the whole budget was spent. */
export type DelayEnd = 'max' | 'evidence' | 'not-listening' | 'deadline'

const POLL = 50

/** Waits until the lame duck may end. With `min` equal to `max` that is a fixed delay. */
export async function propagated(
  environment: Environment,
  delay: AdaptiveDelay,
  rates: ArrivalRates,
  deadline: Deadline,
): Promise<DelayEnd> {
  const started = environment.now()
  rates.freeze(started)
  const wait = (ms: number) => new Promise<void>((resolve) => void environment.setTimeout(resolve, ms))
  let elapsed = 0
  while (elapsed < delay.max) {
    if (elapsed >= delay.min && rates.allSilent(environment.now())) return 'evidence'
    const next = elapsed < delay.min ? delay.min - elapsed : Math.min(POLL, delay.max - elapsed)
    // oxlint-disable-next-line no-await-in-loop -- the loop is the waiting
    if (!(await deadline.allows(wait(next)))) return 'deadline'
    elapsed = environment.now() - started
  }
  return 'max'
}
