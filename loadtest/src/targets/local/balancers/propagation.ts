import { now } from '../../../base/clock.js'
import type { Random } from '../../../base/random.js'

/**
 * How long a load balancer takes to learn of an endpoint change, in ms: one of the kinds that are known, uniform between two
 * bounds, or drawn from a list of delays that were measured.
 */
export type Propagation = PropagationName | { readonly min: number; readonly max: number } | readonly number[]

type QuantileName = 'kube-proxy' | 'alb'
type SyncName = 'sync-1s' | 'sync-10s'
export type PropagationName = QuantileName | SyncName

type Quantiles = readonly (readonly [probability: number, milliseconds: number])[]

/**
 * `kube-proxy`: in a cluster of 100 nodes, as measured for kubernetes/kubernetes#124272: half of the changes are in force
 * after 1.5 s, nine in ten after 2.3 s, one in a hundred takes more than 6.8 s.
 *
 * `alb`: a load balancer with health checks and targets of its own. Nobody has published a distribution: shutdown delays of
 * 5 s were reported as too short, 25 s as enough, so it is uniform between them.
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
 * The `minSyncPeriod` of a kube-proxy with nothing else to do, in ms: it writes its rules as soon as it hears of a change, but no
 * sooner than this after it last wrote them. 1 s is the default; 10 s is how some clouds set it up.
 *
 * Source: `BoundedFrequencyRunner` in kubernetes `pkg/proxy/runner`.
 */
const SYNC_PERIODS: Readonly<Record<SyncName, number>> = { 'sync-1s': 1_000, 'sync-10s': 10_000 }

/** From a change to the rules, in ms, when nothing has to be waited for: seen on an idle cluster of two nodes. */
const WRITING = { min: 10, max: 40 }

/** As they are told to people. */
export const PROPAGATION_NAMES: readonly PropagationName[] = ['kube-proxy', 'sync-1s', 'sync-10s', 'alb']

export const isPropagationName = (text: string): text is PropagationName =>
  (PROPAGATION_NAMES as readonly string[]).includes(text)

const isSync = (name: PropagationName): name is SyncName => name in SYNC_PERIODS

/**
 * @param clock in ms; the moment at which a delay is asked for is that of the change.
 * @returns draws one delay in ms per call.
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

/** A change that comes while a sync is waited for goes with it. */
function createSyncDelay(random: Random, period: number, clock: () => number): () => number {
  let sync = -Infinity
  return () => {
    const changed = clock()
    if (changed > sync) sync = Math.max(changed, sync + period)
    return sync - changed + random.between(WRITING.min, WRITING.max)
  }
}

/** The inverse of the distribution function, linear between the known points. */
function quantile(points: Quantiles, probability: number): number {
  for (const [index, [upper, to]] of points.entries()) {
    const [lower, from] = points[index - 1] ?? [0, to]
    if (probability <= upper) {
      return upper === lower ? to : from + ((probability - lower) / (upper - lower)) * (to - from)
    }
  }
  return points.at(-1)?.[1] ?? 0
}
