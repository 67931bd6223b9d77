/**
 * The rule of three: where nothing was seen in `trials` independent trials, its probability is below this with 95 %
 * confidence. Undefined without trials.
 *
 * Source: Hanley, Lippman-Hand, "If nothing goes wrong, is everything all right?", JAMA 249 (1983).
 */
export function ruleOfThree(trials: number): number | undefined {
  return trials === 0 ? undefined : Math.min(1, 3 / trials)
}

/** A share as people say it: `1 in 1,367`. */
export const oneIn = (share: number): string => `1 in ${count(Math.floor(1 / share))}`

export const count = (value: number): string => value.toLocaleString('en-US')

/** `1 request`, `2 requests`. */
export const plural = (value: number, noun: string): string => `${count(value)} ${noun}${value === 1 ? '' : 's'}`
