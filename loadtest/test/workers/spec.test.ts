import { describe, expect, it } from 'vitest'
import { createRandom } from '../../src/base/random.ts'
import { parseSpec, shareOf } from '../../src/workers/spec.ts'

const all = (workers: number, rate = 2_000, seed = 7): ReturnType<typeof shareOf>[] =>
  Array.from({ length: workers }, (_, index) => shareOf({ rate, seed, workers }, index))

describe('the share of a worker', () => {
  it.each([1, 2, 3, 7, 64, 1_000])('of %d: the rates add up to the whole rate', (workers) => {
    expect(all(workers).reduce((sum, { rate }) => sum + rate, 0)).toBeCloseTo(2_000, 6)
  })

  it('has a seed of its own: no two of 1,000 workers send the same stream', () => {
    const shares = all(1_000)
    expect(new Set(shares.map(({ seed }) => seed)).size).toBe(1_000)
    const first = shares.map(({ seed }) => createRandom(seed, 'keep-alive', '0').next())
    expect(new Set(first).size).toBe(1_000)
    expect(shares.every(({ seed }) => Number.isInteger(seed) && seed >= 0 && seed < 2 ** 32)).toBe(true)
  })

  it('is the same for the same seed, and another one for another', () => {
    expect(all(4)).toEqual(all(4))
    expect(all(4)[2]?.seed).not.toBe(all(4, 2_000, 8)[2]?.seed)
  })

  it('of one worker equals that of one machine', () => {
    expect(shareOf({ rate: 300, seed: 5, workers: 1 }, 0)).toEqual({ rate: 300, seed: 5, share: { index: 0, of: 1 } })
  })
})

describe('the spec of a worker', () => {
  it('is refused if it is something else', () => {
    for (const text of ['', '{', '{}', 'null', '[]', '"spec"']) {
      expect(() => parseSpec(text, '/etc/zero-drop/spec.json')).toThrow(
        '/etc/zero-drop/spec.json is not the spec of a worker: zero-drop prove --load-from cluster writes it',
      )
    }
  })
})
