/** The confidence of the bounds of a verdict: in 95 of 100 runs like this one, the true share is below the bound. */
export const CONFIDENCE = 0.95

/**
 * Returns an upper bound, at 95 % confidence, of the share of trials that go wrong, if `events` of `trials` did. Without events it
 * is the rule of three, 3/`trials`; otherwise the exact bound of Clopper and Pearson.
 *
 * Sources: Hanley, Lippman-Hand, "If nothing goes wrong, is everything all right?", JAMA 249 (1983); Clopper, Pearson,
 * "The use of confidence or fiducial limits illustrated in the case of the binomial", Biometrika 26 (1934).
 *
 * @returns undefined if there are no trials
 */
export function upperBound(events: number, trials: number): number | undefined {
  if (trials === 0) return undefined
  return events === 0 ? Math.min(1, 3 / trials) : clopperPearson(events, trials, 1 - CONFIDENCE)
}

/**
 * Returns the largest probability of an event at which at most `events` of `trials` still occur with probability `tail`. Use 0.025
 * for the end of a two-sided 95 % interval, 0.05 for a one-sided bound.
 */
export function clopperPearson(events: number, trials: number, tail: number): number {
  if (events >= trials) return 1
  let [low, high] = [events / trials, 1]
  for (let step = 0; step < BISECTIONS; step += 1) {
    const middle = (low + high) / 2
    if (atMost(events, trials, middle) > tail) low = middle
    else high = middle
  }
  return high
}

/** Each step halves the distance; a double holds fewer. */
const BISECTIONS = 60

/** Returns the probability of at most `events` in `trials`, each with probability `share`, which is neither 0 nor 1. */
function atMost(events: number, trials: number, share: number): number {
  // In logarithms, because the probability of no event underflows a double after a few thousand trials.
  const odds = Math.log(share) - Math.log1p(-share)
  let term = trials * Math.log1p(-share)
  let sum = term
  for (let count = 1; count <= events; count += 1) {
    term += odds + Math.log((trials - count + 1) / count)
    const larger = Math.max(sum, term)
    sum = larger + Math.log1p(Math.exp(Math.min(sum, term) - larger))
  }
  return Math.exp(sum)
}
