import { LIMITS, Source, type Limits } from './source.js'

/** More sources than a cluster has nodes that send to one pod. The limit bounds memory where clients connect directly. */
export const MAX_SOURCES = 1_024
/** Time without a connection from an address beyond {@link MAX_SOURCES} after which such addresses no longer count, in ms. */
const OVERFLOW_LIFETIME = 60_000
/** Shortest time between two removals of inactive sources, in ms. */
const CLEANUP_INTERVAL = 2_000

/**
 * The sources of new connections, and the evidence that they send to other pods.
 *
 * A source is a peer address: the kube-proxy of a node (NodePort traffic is masqueraded), an ingress controller or a load balancer. Each
 * source learns at its own time that this pod has left the endpoints. The pod sees only one sign of that: the source falls silent. A
 * source that still sends here and opens λ connections per second leaves a gap of t seconds with probability e^(−λt) (Poisson
 * arrivals). So a source with a measured rate λ that has been silent for
 *
 *     t = ln(1/ε) / λ
 *
 * has switched to other pods, with an error probability of ε. Real arrivals come in bursts, so the silence must also last three times
 * the longest gap of the source before the signal. The silence of a rare or new source proves nothing within the delay.
 *
 * Two things are not evidence. Requests on open connections do not count, because no proxy routes them again. The kubelet's probes
 * do not count: they open connections from a node's address and continue to the end.
 *
 * `docs/propagation.md` shows the losses and the delays of this rule in a simulation.
 */
export class Sources {
  readonly #limits: Limits
  readonly #sources = new Map<string, Source>()
  #frozen = false
  /** Last time at which a source could not be measured because there were too many. */
  #overflowedAt = Number.NEGATIVE_INFINITY
  #lastCleanup = Number.NEGATIVE_INFINITY

  constructor(limits: Limits = LIMITS) {
    this.#limits = limits
  }

  /**
   * Records a new connection from `address` at `now` (ms).
   *
   * @returns a function that removes the record, for a connection that turns out to be a probe
   */
  record(address: string, now: number): () => void {
    const known = this.#sources.get(address)
    if (known !== undefined) return known.record(now)
    if (!this.#hasRoom(now)) {
      this.#overflowedAt = now
      return () => {}
    }
    const added = new Source(address, now, this.#limits)
    this.#sources.set(address, added)
    const retract = added.record(now)
    return () => {
      // A source whose only connection is a probe after the signal has sent no traffic.
      if (this.#frozen && added.lastSeen === now) this.#sources.delete(address)
      else retract()
    }
  }

  /** Fixes the rates at those before `now`. Call it at the signal. */
  freeze(now: number): void {
    this.#removeInactive(now)
    this.#frozen = true
    for (const source of this.#sources.values()) source.freeze(now)
  }

  get all(): readonly Source[] {
    return [...this.#sources.values()]
  }

  /** Whether some addresses could not be measured at `now`, because there were more than {@link MAX_SOURCES}. */
  overflowed(now: number): boolean {
    return now - this.#overflowedAt <= OVERFLOW_LIFETIME
  }

  /** Returns whether every source has been silent long enough at `now` to show that it sends to other pods. */
  allSwitched(now: number): boolean {
    if (this.#sources.size === 0 || this.overflowed(now)) return false
    for (const { lastSeen, conclusiveSilence } of this.#sources.values()) {
      if (now - lastSeen < conclusiveSilence) return false
    }
    return true
  }

  /** Returns whether a source still opens connections at `now`, after the expected delay. */
  someConnect(now: number): boolean {
    if (now - this.#overflowedAt < this.#limits.enoughSilence) return true
    for (const source of this.#sources.values()) {
      if (now - source.lastSeen < this.silenceAfterExpected(source)) return true
    }
    return false
  }

  /** Returns the silence after which a source no longer extends the delay beyond the expected one, in ms. */
  silenceAfterExpected({ conclusiveSilence }: Source): number {
    return Math.min(conclusiveSilence, this.#limits.enoughSilence)
  }

  #hasRoom(now: number): boolean {
    if (this.#sources.size >= MAX_SOURCES && now - this.#lastCleanup >= CLEANUP_INTERVAL) {
      this.#lastCleanup = now
      this.#removeInactive(now)
    }
    return this.#sources.size < MAX_SOURCES
  }

  #removeInactive(now: number): void {
    for (const [address, source] of this.#sources) {
      if (!source.isActive(now)) this.#sources.delete(address)
    }
  }
}
