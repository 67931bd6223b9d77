import { describe, expect, it } from 'vitest'
import { createTraffic } from '../../src/ledger/traffic.ts'

describe('the traffic of a run', () => {
  it('has latencies and drops for each second', () => {
    const traffic = createTraffic()
    for (const [at, latencyMs] of [
      [1_100, 900],
      [1_900, 900],
      [2_100, 5],
    ] as const) {
      traffic.answered({ at, startedAt: at, fresh: true, latencyMs, version: 'v1' })
    }
    const seconds = traffic.seconds(new Map([[4_000, 2]]))
    expect(seconds.map(({ at, dropped, answered }) => [at, answered['v1'] ?? 0, dropped])).toEqual([
      [1_000, 2, 0],
      [2_000, 1, 0],
      [4_000, 0, 2],
    ])
    expect(seconds.map(({ latencyMs }) => [latencyMs.count, Math.round(latencyMs.max ?? -1)])).toEqual([
      [2, 900],
      [1, 5],
      [0, -1],
    ])
  })
})
