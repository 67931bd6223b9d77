/** How sure the bounds of a verdict are: in 95 of 100 runs like this one the truth lies below the bound. */
export const CONFIDENCE = 0.95

/**
 * The share of trials of which no more can be said to go wrong, where `events` of `trials` did: an upper bound at 95 %
 * confidence. Where nothing was seen it is the rule of three, 3/`trials`, and otherwise Clopper and Pearson's exact one.
 *
 * Sources: Hanley, Lippman-Hand, "If nothing goes wrong, is everything all right?", JAMA 249 (1983); Clopper, Pearson,
 * "The use of confidence or fiducial limits illustrated in the case of the binomial", Biometrika 26 (1934).
 *
 * @returns undefined without trials
 */
export function upperBound(events: number, trials: number): number | undefined {
  if (trials === 0) return undefined
  return events === 0 ? Math.min(1, 3 / trials) : clopperPearson(events, trials, 1 - CONFIDENCE)
}

/**
 * The largest probability of an event under which as few as `events` of `trials` still come up with probability `tail`.
 * A two-sided 95 % interval ends where `tail` is 0.025, a one-sided bound lies where it is 0.05.
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

/** Each halves the distance: more than a double can hold. */
const BISECTIONS = 60

/** The probability of at most `events` in `trials`, each with probability `share`, which is neither 0 nor 1. */
function atMost(events: number, trials: number, share: number): number {
  // In logarithms, since the probability of none alone is below the smallest double for a few thousand trials.
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
