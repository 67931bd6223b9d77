/** A `shutdownDelay` with its defaults, in ms. It is fixed if the three times are equal. */
export interface Rule {
  readonly name: string
  readonly min: number
  readonly expected: number
  readonly max: number
}

const rule = (name: string, min: number, expected: number, max: number): Rule => ({
  name,
  min: min * 1_000,
  expected: expected * 1_000,
  max: max * 1_000,
})
const fixed = (seconds: number): Rule => rule(`fixed ${seconds} s`, seconds, seconds, seconds)
const adaptive = (min: number, max: number): Rule => rule(`{${min}, ${max}}`, min, max, max)
const extending = (min: number, expected: number, max: number): Rule =>
  rule(`{${min}, ${expected}, ${max}}`, min, expected, max)

export const rules: readonly Rule[] = [
  fixed(5),
  fixed(10),
  fixed(15),
  adaptive(2, 15),
  extending(2, 15, 40),
  extending(2, 10, 40),
]
