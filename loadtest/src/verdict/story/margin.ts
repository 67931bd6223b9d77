/** What a pod's margin is made of. Epoch ms; null where it is not known. */
export interface MarginFacts {
  /** SIGTERM. */
  readonly terminatingAt: number | null
  readonly listenerClosedAt: number | null
  /** The latest request that reached the pod, or was to, on a new connection and on one that had answered before. */
  readonly lastFreshArrivalAt: number | null
  readonly lastReusedArrivalAt: number | null
}

/** The last arrival after SIGTERM. */
export interface ArrivalMargin {
  /** Since SIGTERM, in ms; null where nothing came after it. */
  readonly lastArrivalMs: number | null
  /** From it to the moment at which the listener closed, in ms; negative where it came later. Null where one is not known. */
  readonly spareMs: number | null
}

/**
 * `too-short`: new connections came after the listener had closed. `near-miss`: the last one came less than the safety
 * before that. `none-seen`: nothing came after SIGTERM. `unknown`: nobody saw the listener close.
 */
export type Assessment = 'too-short' | 'near-miss' | 'comfortable' | 'none-seen' | 'unknown'

/** How much a pod that got SIGTERM had to spare. Durations in ms. */
export interface Margin {
  /** From SIGTERM to the moment at which the listener closed. */
  readonly delayMs: number | null
  readonly fresh: ArrivalMargin
  readonly reused: ArrivalMargin
  /** By new connections alone: those are what a longer delay helps. */
  readonly assessment: Assessment
  /** Requests came on reused connections until less than the safety before the listener closed, and none after. */
  readonly reusedNearMiss: boolean
  /** The delay that would have been comfortable: the last new connection, and the safety. Null where none came. */
  readonly comfortableDelayMs: number | null
}

/** Proxies that took this long today can take longer tomorrow: half as long again, and at least a second. */
const safetyMs = (lastArrivalMs: number): number => Math.max(1_000, lastArrivalMs / 2)

/** Undefined for a pod that did not get SIGTERM. */
export function marginOf(facts: MarginFacts): Margin | undefined {
  const { terminatingAt, listenerClosedAt } = facts
  if (terminatingAt === null) return undefined
  const arrival = (at: number | null): ArrivalMargin => {
    if (at === null || at <= terminatingAt) return { lastArrivalMs: null, spareMs: null }
    return { lastArrivalMs: at - terminatingAt, spareMs: listenerClosedAt === null ? null : listenerClosedAt - at }
  }
  const fresh = arrival(facts.lastFreshArrivalAt)
  const reused = arrival(facts.lastReusedArrivalAt)
  return {
    delayMs: listenerClosedAt === null ? null : listenerClosedAt - terminatingAt,
    fresh,
    reused,
    assessment: assess(fresh, listenerClosedAt !== null),
    // What still comes after the listener has closed is served by a pod that drains: there the listener decides nothing.
    reusedNearMiss: (reused.spareMs ?? -1) >= 0 && isScarce(reused),
    comfortableDelayMs: fresh.lastArrivalMs === null ? null : fresh.lastArrivalMs + safetyMs(fresh.lastArrivalMs),
  }
}

/** A connection that was taken from the backlog as the listener closed may have its request a little after that, in ms. */
const TAKEN_LATE = 50

function assess(fresh: ArrivalMargin, listenerSeen: boolean): Assessment {
  if (fresh.lastArrivalMs === null) return 'none-seen'
  if (!listenerSeen || fresh.spareMs === null) return 'unknown'
  if (fresh.spareMs < -TAKEN_LATE) return 'too-short'
  return isScarce(fresh) ? 'near-miss' : 'comfortable'
}

const isScarce = ({ lastArrivalMs, spareMs }: ArrivalMargin): boolean =>
  lastArrivalMs !== null && spareMs !== null && spareMs < safetyMs(lastArrivalMs)
