/** Returns random numbers from 0 to 1. */
export type Random = () => number

/** Returns the times from `from` to `to`, in ms, at which a source opens connections, in order. */
export type Arrivals = (random: Random, from: number, to: number) => number[]

const exponential = (random: Random, mean: number): number => -Math.log(1 - random()) * mean

/** Many independent callers, with an average of `perSecond` connections per second. */
export const poisson =
  (perSecond: number): Arrivals =>
  (random, from, to) => {
    const moments: number[] = []
    const next = () => exponential(random, 1_000 / perSecond)
    for (let at = from + next(); at < to; at += next()) moments.push(at)
    return moments
  }

/** Callers that come in crowds of `size` within `spread` ms, with an average of `perSecond` crowds per second. */
export const crowds =
  (perSecond: number, size: number, spread = 50): Arrivals =>
  (random, from, to) =>
    poisson(perSecond)(random, from, to)
      .flatMap((at) => crowd(random, at, size, spread))
      .filter((at) => at < to)
      .toSorted(ascending)

/** A load generator that opens the connections of each second at its start. */
export const everySecond =
  (size: number, spread = 100): Arrivals =>
  (random, from, to) => {
    const moments: number[] = []
    for (let at = from + random() * 1_000; at < to; at += 1_000) moments.push(...crowd(random, at, size, spread))
    return moments.filter((at) => at < to).toSorted(ascending)
  }

/** A job that opens connections for `on` ms on average, at `perSecond`, and then none for `off` ms on average. */
export const spells =
  (perSecond: number, on: number, off: number): Arrivals =>
  (random, from, to) => {
    const moments: number[] = []
    for (let at = from; at < to; at += exponential(random, off)) {
      const end = Math.min(to, at + exponential(random, on))
      moments.push(...poisson(perSecond)(random, at, end))
      at = end
    }
    return moments
  }

const crowd = (random: Random, at: number, size: number, spread: number): number[] =>
  Array.from({ length: size }, () => at + random() * spread)

const ascending = (left: number, right: number): number => left - right
