import { LIMITS, type Limits } from '../../packages/graceful/dist/propagation/source.js'

/** A rule for the delay. Times in ms. The delay is fixed if the three times are equal. */
export interface Rule {
  readonly name: string
  readonly min: number
  readonly expected: number
  readonly max: number
  readonly limits: Limits
}

/** The limits of the first version: a short memory, and 5 s of silence after the expected delay. */
const SHORT: Limits = { gapMemory: 20_000, returnMemory: 60_000, enoughSilence: 5_000 }

const rule = (name: string, [min, expected, max]: readonly [number, number, number], limits: Limits): Rule => ({
  name,
  min: min * 1_000,
  expected: expected * 1_000,
  max: max * 1_000,
  limits,
})
const fixed = (seconds: number): Rule => rule(`fixed ${seconds}`, [seconds, seconds, seconds], LIMITS)

/** In the order of the page. To compare another rule, add one line here. */
export const rules: readonly Rule[] = [
  fixed(5),
  fixed(10),
  fixed(15),
  rule('A', [2, 15, 15], SHORT),
  rule('B', [2, 15, 40], SHORT),
  rule('C', [2, 10, 40], SHORT),
  rule('D', [2, 10, 40], { ...SHORT, gapMemory: LIMITS.gapMemory }),
  rule('E', [2, 10, 40], { ...LIMITS, enoughSilence: SHORT.enoughSilence }),
  rule('F', [2, 10, 40], LIMITS),
  rule('G', [2, 10, 15], LIMITS),
]
