/** A `shutdownDelay` with its defaults. It is fixed if `min` equals `max`. */
export interface Rule {
  readonly name: string
  readonly min: number
  readonly max: number
}

const fixed = (seconds: number): Rule => ({ name: `fixed ${seconds} s`, min: seconds * 1_000, max: seconds * 1_000 })
const adaptive = (min: number, max: number): Rule => ({
  name: `{${min} s, ${max} s}`,
  min: min * 1_000,
  max: max * 1_000,
})

export const rules: readonly Rule[] = [fixed(5), fixed(10), fixed(15), adaptive(2, 15), adaptive(2, 30)]
