import type { Random } from './arrivals.ts'

/** Returns how long after the signal a source stops sending to the pod, in ms. */
export type Delay = (random: Random) => number

/** A distribution from a list of [share, ms], with shares from 0 to 1, linear between them. */
const quantiles =
  (points: readonly (readonly [share: number, ms: number])[]): Delay =>
  (random) => {
    const share = random()
    const after = points.findIndex(([to]) => share <= to)
    const [from, low] = points[after - 1] ?? points[0]!
    const [to, high] = points[after]!
    return to === from ? high : low + ((share - from) / (to - from)) * (high - low)
  }

/** kube-proxy on 100 nodes: p50 1.5 s, p90 2.3 s, p99 6.8 s (kubernetes PR 124272). The minimum and the maximum are assumptions. */
export const fast: Delay = quantiles([
  [0, 200],
  [0.5, 1_500],
  [0.9, 2_300],
  [0.99, 6_800],
  [1, 10_000],
])

/** A kube-proxy that writes its rules at most once in `period` ms. The news arrives within 0.3 s and waits for the next write. */
export const sync =
  (period: number): Delay =>
  (random) =>
    random() * 300 + random() * period

/** A load balancer that takes `ms` ± 20 % for an API call, health checks and deregistration. */
export const about =
  (ms: number): Delay =>
  (random) =>
    ms * (0.8 + 0.4 * random())
