import { describe, expect, it } from 'vitest'
import { overloaded, unbounded, type Sample } from '../soak/samples.ts'

const MIB = 1024 * 1024

const samples = (heaps: readonly number[], buffers = 0): Sample[] =>
  heaps.map((heap, index) => ({
    seconds: index,
    heap: heap * MIB,
    buffers: buffers * MIB,
    rss: 0,
    attempts: 0,
  }))

describe('the memory of the soak', () => {
  it('is bounded when the heap of the last third is at most 4 MiB above the middle third', () => {
    expect(unbounded(samples([1, 2, 10, 11, 14, 15]), 0)).toEqual([])
  })

  it('is not bounded when the heap grows', () => {
    expect(unbounded(samples([1, 2, 10, 11, 14, 16]), 0)).toEqual([
      'the heap grows: 11.0 MiB in the middle third, 16.0 MiB in the last third',
    ])
  })

  it('is not bounded when the buffers exceed 64 bytes per request and 32 MiB', () => {
    const heaps = [1, 1, 1, 1, 1, 1]
    expect(unbounded(samples(heaps, 96), MIB)).toEqual([])
    expect(unbounded(samples(heaps, 97), MIB)).toEqual(['the buffers (97.0 MiB) exceed 64 bytes per request'])
  })

  it('is unknown after too few samples', () => {
    expect(unbounded(samples([1, 1, 1, 1, 1]), 0)).toEqual(['too few samples: raise --seconds to 60 or more'])
  })

  it('cannot be measured when a second of requests waits for a response', () => {
    expect(overloaded(2_000, 2_000, 5)).toBeUndefined()
    expect(overloaded(2_001, 2_000, 5)).toMatch(
      /^2001 requests were in flight after 5 s: this machine is too slow or too busy for --rate 2000/,
    )
  })
})
