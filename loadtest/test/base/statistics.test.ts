import { describe, expect, it } from 'vitest'
import { clopperPearson, upperBound } from '../../src/base/statistics.ts'
import { oneIn } from '../../src/base/text.ts'

const ONE_SIDED = [
  [1, 10, 0.394163302437],
  [2, 3, 0.983047572492],
  [1, 3_000, 0.00158030182746],
  [3, 3_000, 0.00258250513829],
  [43, 9_043, 0.00612748082676],
  [158, 8_362, 0.0215322110289],
  [1, 1_000_000, 4.74385563821e-6],
  [5_000, 20_000, 0.255088002052],
] as const

describe('the upper bound', () => {
  it.each([
    [0, 3_000, 0.001],
    [0, 100, 0.03],
    [0, 3, 1],
    [0, 1, 1],
  ])('by the rule of three, of %i in %i is %f', (events, trials, bound) => {
    expect(upperBound(events, trials)).toBeCloseTo(bound, 12)
  })

  it('is unknown without trials, and 1 if every trial failed', () => {
    expect(upperBound(0, 0)).toBeUndefined()
    expect(upperBound(4, 4)).toBe(1)
  })

  // The upper ends of 95 % intervals. 682 of 925 is the example of R's binom.test; the others are of scipy's
  // binomtest(k, n).proportion_ci(0.95, method='exact').
  it.each([
    [682, 925, 0.7654066],
    [0, 10, 0.3084971],
    [1, 10, 0.4450161],
    [5, 10, 0.812914],
    [81, 263, 0.3676219],
  ])('by Clopper and Pearson, two-sided, of %i in %i is %f', (events, trials, bound) => {
    expect(clopperPearson(events, trials, 0.025)).toBeCloseTo(bound, 6)
  })

  // scipy.stats.beta.ppf(0.95, k + 1, n - k)
  it.each(ONE_SIDED)('by Clopper and Pearson, one-sided, of %i in %i is %f', (events, trials, bound) => {
    expect(upperBound(events, trials)).toBeCloseTo(bound, 8)
  })

  it('meets the rule of three, which is larger', () => {
    for (const trials of [10, 1_000, 1_000_000]) {
      const exact = clopperPearson(0, trials, 0.05)
      expect(exact).toBeCloseTo(1 - 0.05 ** (1 / trials), 10)
      expect(upperBound(0, trials)).toBeGreaterThan(exact)
      expect(upperBound(1, trials)).toBeGreaterThan(3 / trials)
    }
  })
})

describe('a share as text', () => {
  it.each([
    [0.001, '1 in 1,000'],
    [0.0003, '1 in 3,333'],
    [1 / 1_367, '1 in 1,367'],
    [0.632, '63 %'],
  ])('%f is %s', (share, text) => {
    expect(oneIn(share)).toBe(text)
  })
})
