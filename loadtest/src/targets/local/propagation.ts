import type { Random } from '../../random.js'

/**
 * How long a load balancer takes to learn of an endpoint change, in ms: uniform between two bounds, or drawn from a list
 * of delays that were measured.
 */
export type Propagation = { readonly min: number; readonly max: number } | readonly number[]

/**
 * Quantiles of the delay of kube-proxy in a cluster of 100 nodes, as measured for kubernetes/kubernetes#124272: half of
 * the changes are in force after 1.5 s, nine in ten after 2.3 s, one in a hundred takes more than 6.8 s.
 */
const KUBE_PROXY: readonly (readonly [probability: number, milliseconds: number])[] = [
  [0, 200],
  [0.5, 1_500],
  [0.9, 2_300],
  [0.99, 6_800],
  [1, 8_000],
]

/** @returns draws one delay in ms per call; the default is the distribution of kube-proxy in a cluster of 100 nodes. */
export function createPropagationDelay(propagation: Propagation | undefined, random: Random): () => number {
  if (propagation === undefined) return () => quantile(random.next())
  if ('min' in propagation) return () => random.between(propagation.min, propagation.max)
  return () => propagation[random.whole(0, propagation.length - 1)] ?? 0
}

/** The inverse of the distribution function, linear between the measured points. */
function quantile(probability: number): number {
  for (const [index, [upper, to]] of KUBE_PROXY.entries()) {
    const [lower, from] = KUBE_PROXY[index - 1] ?? [0, to]
    if (probability <= upper) {
      return upper === lower ? to : from + ((probability - lower) / (upper - lower)) * (to - from)
    }
  }
  return 8_000
}
