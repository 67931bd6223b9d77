/** The moments from which the margin of a pod is computed. Epoch ms; null if unknown. */
export interface MarginFacts {
  /** SIGTERM. */
  readonly terminatingAt: number | null
  readonly listenerClosedAt: number | null
  /** The start of the last request to the pod on a new connection: a longer delay helps no other request. */
  readonly lastFreshArrivalAt: number | null
  /** The end of an adaptive delay, if it ended because every source of new connections was silent. */
  readonly sourcesSilentAt: number | null
  /** The end of the process. The listener was closed by then. */
  readonly exitedAt: number | null
}

/** The last arrival after SIGTERM. */
export interface ArrivalMargin {
  /** From SIGTERM, in ms; null if nothing arrived after it. */
  readonly lastArrivalMs: number | null
  /** From the arrival to the close of the listener, in ms; negative if it arrived later. Null if one is unknown. */
  readonly spareMs: number | null
}

/**
 * `too-short`: new connections arrived after the listener had closed. `near-miss`: the last one arrived less than the safety
 * time before. `adaptive`: the same, but the pod had waited until new connections stopped, so slower proxies would have made its
 * delay longer. `none-seen`: none arrived after SIGTERM. `unknown`: it is unknown when the listener closed.
 */
export type Assessment = 'too-short' | 'near-miss' | 'adaptive' | 'comfortable' | 'none-seen' | 'unknown'

/** How much time a pod had to spare after SIGTERM. Durations in ms. */
export interface Margin {
  /** From SIGTERM to the close of the listener. */
  readonly delayMs: number | null
  /** The margin of new connections. */
  readonly fresh: ArrivalMargin
  readonly assessment: Assessment
  /** A comfortable delay: the last new connection plus the safety time. Null if none arrived. */
  readonly comfortableDelayMs: number | null
}

/** Proxies may take longer next time: half as much again, at least a second. */
const safetyMs = (lastArrivalMs: number): number => Math.max(1_000, lastArrivalMs / 2)

/** Returns the margin of a pod; undefined if it got no SIGTERM. */
export function marginOf(facts: MarginFacts): Margin | undefined {
  const { terminatingAt, listenerClosedAt } = facts
  if (terminatingAt === null) return undefined
  const arrival = (at: number | null): ArrivalMargin => {
    if (at === null || at <= terminatingAt) return { lastArrivalMs: null, spareMs: null }
    return { lastArrivalMs: at - terminatingAt, spareMs: listenerClosedAt === null ? null : listenerClosedAt - at }
  }
  const fresh = arrival(facts.lastFreshArrivalAt)
  return {
    delayMs: listenerClosedAt === null ? null : listenerClosedAt - terminatingAt,
    fresh,
    assessment: assess(fresh, facts),
    comfortableDelayMs: fresh.lastArrivalMs === null ? null : fresh.lastArrivalMs + safetyMs(fresh.lastArrivalMs),
  }
}

/** A connection that was accepted just before the close may send its request this much later, in ms. */
const TAKEN_LATE = 50

function assess(
  fresh: ArrivalMargin,
  { listenerClosedAt, sourcesSilentAt, exitedAt, terminatingAt }: MarginFacts,
): Assessment {
  if (fresh.lastArrivalMs === null || terminatingAt === null) return 'none-seen'
  if (listenerClosedAt === null || fresh.spareMs === null) {
    // Even a listener that closed as late as possible, at the exit, would have closed too early.
    const most = exitedAt === null ? Infinity : exitedAt - terminatingAt - fresh.lastArrivalMs
    return isScarce({ ...fresh, spareMs: most }) ? 'near-miss' : 'unknown'
  }
  if (fresh.spareMs < -TAKEN_LATE) return 'too-short'
  if (!isScarce(fresh)) return 'comfortable'
  return sourcesSilentAt === null ? 'near-miss' : 'adaptive'
}

const isScarce = ({ lastArrivalMs, spareMs }: ArrivalMargin): boolean =>
  lastArrivalMs !== null && spareMs !== null && spareMs < safetyMs(lastArrivalMs)
