import { describe, expect, it } from 'vitest'
import { createRandom } from '../../src/base/random.ts'
import { clockOffset } from '../../src/workers/clock-offset.ts'
import type { ClockSample } from '../../src/workers/clock-offset.ts'

/** An exchange with a clock that is `offset` ahead, over ways of these lengths. */
const exchange = (askedAt: number, offset: number, there: number, back: number): ClockSample => ({
  askedAt,
  answeredAt: askedAt + there + back,
  remote: askedAt + there + offset,
})

describe('the offset of a clock', () => {
  it('is the midpoint of the exchange, ahead or behind', () => {
    expect(clockOffset([exchange(1_000, 250, 2, 2)])).toEqual({ offsetMs: 250, uncertaintyMs: 2 })
    expect(clockOffset([exchange(1_000, -86_400_000, 5, 5)])).toEqual({ offsetMs: -86_400_000, uncertaintyMs: 5 })
  })

  it('comes from the fastest exchange', () => {
    const samples = [exchange(0, 40, 300, 1), exchange(500, 40, 3, 2), exchange(1_000, 40, 1, 200)]
    expect(clockOffset(samples)).toEqual({ offsetMs: 40.5, uncertaintyMs: 2.5 })
  })

  it('is never further away than its uncertainty says, however unequal the ways are', () => {
    const random = createRandom(1, 'clocks')
    for (let turn = 0; turn < 1_000; turn += 1) {
      const offset = random.between(-1e6, 1e6)
      const samples = Array.from({ length: 5 }, (_, index) =>
        exchange(index * 500, offset, random.exponential(20), random.exponential(5)),
      )
      const { offsetMs = 0, uncertaintyMs = 0 } = clockOffset(samples) ?? {}
      expect(Math.abs(offsetMs - offset)).toBeLessThanOrEqual(uncertaintyMs + 1e-6)
    }
  })

  it('is unknown without an exchange', () => {
    expect(clockOffset([])).toBeUndefined()
  })
})
