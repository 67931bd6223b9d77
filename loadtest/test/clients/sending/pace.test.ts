import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { pace } from '../../../src/clients/sending/pace.ts'
import { createRandom } from '../../../src/base/random.ts'

const draw = (...from: [number, ...string[]]): number[] => {
  const random = createRandom(...from)
  return Array.from({ length: 5 }, () => random.next())
}

describe('arrivals', () => {
  it('are a Poisson process with the requested rate and exponential gaps', () => {
    const random = createRandom(11, 'test')
    const gaps = Array.from({ length: 20_000 }, () => random.exponential(10))
    const mean = gaps.reduce((total, gap) => total + gap, 0) / gaps.length
    const variance = gaps.reduce((total, gap) => total + (gap - mean) ** 2, 0) / gaps.length
    expect(mean).toBeGreaterThan(9.7)
    expect(mean).toBeLessThan(10.3)
    expect(Math.sqrt(variance) / mean).toBeGreaterThan(0.95)
    expect(Math.sqrt(variance) / mean).toBeLessThan(1.05)
  })

  it('are all made up for after a stall of this process, each with its scheduled time', async () => {
    const due: number[] = []
    const stop = pace(1_000, createRandom(5), (scheduledAt) => void due.push(scheduledAt))
    await sleep(20)
    const before = due.length
    const stalledUntil = performance.now() + 300
    while (performance.now() < stalledUntil);
    await sleep(20)
    stop()
    expect(due.length - before).toBeGreaterThan(200)
    expect(due).toEqual(due.toSorted((left, right) => left - right))
    expect((due.at(-1) ?? 0) - (due[before] ?? 0)).toBeGreaterThan(250)
    const after = due.length
    await sleep(30)
    expect(due.length).toBe(after)
  })

  it('differ between purposes and seeds, and repeat for equal ones', () => {
    expect(draw(1, 'a')).toEqual(draw(1, 'a'))
    expect(draw(1, 'a')).not.toEqual(draw(1, 'b'))
    expect(draw(1, 'a')).not.toEqual(draw(2, 'a'))
  })
})
