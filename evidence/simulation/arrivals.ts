/** Numbers from 0 to 1. */
export type Random = () => number

/** When a source opens connections: moments from `from` to `to`, in ms, in order. */
export type Arrivals = (random: Random, from: number, to: number) => number[]

const exponential = (random: Random, mean: number): number => -Math.log(1 - random()) * mean

/** Many independent callers: so many a second on average. */
export const poisson =
  (perSecond: number): Arrivals =>
  (random, from, to) => {
    const moments: number[] = []
    const next = () => exponential(random, 1_000 / perSecond)
    for (let at = from + next(); at < to; at += next()) moments.push(at)
    return moments
  }

/** Callers that come in crowds of `size` within `spread` ms, the crowds at random, so many a second on average. */
export const crowds =
  (perSecond: number, size: number, spread = 50): Arrivals =>
  (random, from, to) =>
    poisson(perSecond)(random, from, to)
      .flatMap((at) => crowd(random, at, size, spread))
      .filter((at) => at < to)
      .toSorted(ascending)

/** As many load generators do it: each second's connections at the second's start. */
export const everySecond =
  (size: number, spread = 100): Arrivals =>
  (random, from, to) => {
    const moments: number[] = []
    for (let at = from + random() * 1_000; at < to; at += 1_000) moments.push(...crowd(random, at, size, spread))
    return moments.filter((at) => at < to).toSorted(ascending)
  }

/** A job that speaks for a while (`on` ms on average, at `perSecond`) and then is silent for a while. */
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
