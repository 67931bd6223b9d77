import { now } from '../../../base/clock.js'
import type { Random } from '../../../base/random.js'

/**
 * The propagation delay of an endpoint change to a load balancer, in ms: a named distribution, uniform between two bounds, or drawn
 * from a list of measured delays.
 */
export type Propagation = PropagationName | { readonly min: number; readonly max: number } | readonly number[]

type QuantileName = 'kube-proxy' | 'alb'
type SyncName = 'sync-1s' | 'sync-10s'
export type PropagationName = QuantileName | SyncName

type Quantiles = readonly (readonly [probability: number, milliseconds: number])[]

/**
 * `kube-proxy`: measured in a cluster of 100 nodes for kubernetes/kubernetes#124272. Half of the changes are applied after 1.5 s,
 * nine in ten after 2.3 s, and one in a hundred takes more than 6.8 s.
 *
 * `alb`: a load balancer with its own health checks and targets. No distribution is published. Shutdown delays of 5 s were reported
 * as too short and 25 s as enough, so the delay is uniform between them.
 */
const QUANTILES: Readonly<Record<QuantileName, Quantiles>> = {
  'kube-proxy': [
    [0, 200],
    [0.5, 1_500],
    [0.9, 2_300],
    [0.99, 6_800],
    [1, 8_000],
  ],
  alb: [
    [0, 5_000],
    [1, 25_000],
  ],
}

/**
 * The `minSyncPeriod` of an idle kube-proxy, in ms. It writes its rules right after a change, but not earlier than this after the
 * last time. The default is 1 s; some clouds set 10 s.
 *
 * Source: `BoundedFrequencyRunner` in kubernetes `pkg/proxy/runner`.
 */
const SYNC_PERIODS: Readonly<Record<SyncName, number>> = { 'sync-1s': 1_000, 'sync-10s': 10_000 }

/** The time to write the rules of a change, in ms, measured on an idle cluster of two nodes. */
const WRITING = { min: 10, max: 40 }

/** The named distributions, in the order of the help. */
export const PROPAGATION_NAMES: readonly PropagationName[] = ['kube-proxy', 'sync-1s', 'sync-10s', 'alb']

export const isPropagationName = (text: string): text is PropagationName =>
  (PROPAGATION_NAMES as readonly string[]).includes(text)

const isSync = (name: PropagationName): name is SyncName => name in SYNC_PERIODS

/**
 * Creates a function that returns the delay of one change per call, in ms.
 *
 * @param clock in ms. The time of a call is the time of the change.
 */
export function createPropagationDelay(
  random: Random,
  propagation: Propagation = 'kube-proxy',
  clock: () => number = now,
): () => number {
  if (typeof propagation === 'string') {
    if (isSync(propagation)) return createSyncDelay(random, SYNC_PERIODS[propagation], clock)
    return () => quantile(QUANTILES[propagation], random.next())
  }
  if ('min' in propagation) return () => random.between(propagation.min, propagation.max)
  return () => propagation[random.whole(0, propagation.length - 1)] ?? 0
}

/** A sync that is due includes every change before it. */
function createSyncDelay(random: Random, period: number, clock: () => number): () => number {
  let sync = -Infinity
  return () => {
    const changed = clock()
    if (changed > sync) sync = Math.max(changed, sync + period)
    return sync - changed + random.between(WRITING.min, WRITING.max)
  }
}

/** Returns the inverse of the distribution function, linear between the known points. */
function quantile(points: Quantiles, probability: number): number {
  for (const [index, [upper, to]] of points.entries()) {
    const [lower, from] = points[index - 1] ?? [0, to]
    if (probability <= upper) {
      return upper === lower ? to : from + ((probability - lower) / (upper - lower)) * (to - from)
    }
  }
  return points.at(-1)?.[1] ?? 0
}
