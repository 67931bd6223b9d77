import type { Random } from '../../random.js'

/**
 * How long a load balancer takes to learn of an endpoint change, in ms: one of the kinds that are known, uniform between two
 * bounds, or drawn from a list of delays that were measured.
 */
export type Propagation = PropagationName | { readonly min: number; readonly max: number } | readonly number[]

export type PropagationName = 'kube-proxy' | 'sync-10s' | 'alb'

type Quantiles = readonly (readonly [probability: number, milliseconds: number])[]

/**
 * `kube-proxy`: in a cluster of 100 nodes, as measured for kubernetes/kubernetes#124272: half of the changes are in force
 * after 1.5 s, nine in ten after 2.3 s, one in a hundred takes more than 6.8 s.
 *
 * `sync-10s`: a kube-proxy that looks only every 10 s (`minSyncPeriod`), as some clouds set it up.
 *
 * `alb`: a load balancer with health checks and targets of its own. Nobody has published a distribution: shutdown delays of
 * 5 s were reported as too short, 25 s as enough, so it is uniform between them.
 */
export const PROPAGATIONS: Readonly<Record<PropagationName, Quantiles>> = {
  'kube-proxy': [
    [0, 200],
    [0.5, 1_500],
    [0.9, 2_300],
    [0.99, 6_800],
    [1, 8_000],
  ],
  'sync-10s': [
    [0, 0],
    [1, 10_000],
  ],
  alb: [
    [0, 5_000],
    [1, 25_000],
  ],
}

/** @returns draws one delay in ms per call. */
export function createPropagationDelay(random: Random, propagation: Propagation = 'kube-proxy'): () => number {
  if (typeof propagation === 'string') return () => quantile(PROPAGATIONS[propagation], random.next())
  if ('min' in propagation) return () => random.between(propagation.min, propagation.max)
  return () => propagation[random.whole(0, propagation.length - 1)] ?? 0
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
