import { describe, expect, test } from 'vitest'
import { nextScale, type RollingState } from '../../../src/targets/local/controller/rolling.js'

const state = (change: Partial<RollingState>): RollingState => ({
  replicas: 3,
  maxSurge: 1,
  maxUnavailable: 0,
  fresh: { desired: 0, available: 0 },
  old: { desired: 3, available: 3 },
  ...change,
})

describe('one step, as the Deployment controller takes it', () => {
  test('up by the surge', () => {
    expect(nextScale(state({}))).toEqual({ fresh: 1, old: 3 })
    expect(nextScale(state({ maxSurge: 2 }))).toEqual({ fresh: 2, old: 3 })
    expect(nextScale(state({ maxSurge: 9 }))).toEqual({ fresh: 3, old: 3 })
  })

  test('no old pod goes before a new one is available', () => {
    expect(nextScale(state({ fresh: { desired: 1, available: 0 } }))).toEqual({ fresh: 1, old: 3 })
    expect(nextScale(state({ fresh: { desired: 1, available: 1 } }))).toEqual({ fresh: 1, old: 2 })
  })

  test('without surge an old pod goes first', () => {
    expect(nextScale(state({ maxSurge: 0, maxUnavailable: 1 }))).toEqual({ fresh: 0, old: 2 })
    expect(nextScale(state({ maxSurge: 0, maxUnavailable: 1, old: { desired: 2, available: 2 } }))).toEqual({
      fresh: 1,
      old: 2,
    })
  })

  test('unhealthy old pods go first, for they cost no availability', () => {
    const sick = { desired: 3, available: 2 }
    expect(nextScale(state({ maxUnavailable: 1, fresh: { desired: 1, available: 0 }, old: sick }))).toEqual({
      fresh: 1,
      old: 2,
    })
  })

  test('new pods that do not come up hold the old ones', () => {
    // The example in the comment of reconcileOldReplicaSets: 10 replicas, surge 3, unavailable 2.
    const stuck = { replicas: 10, maxSurge: 3, maxUnavailable: 2, fresh: { desired: 5, available: 0 } }
    expect(nextScale(state({ ...stuck, old: { desired: 8, available: 8 } }))).toEqual({ fresh: 5, old: 8 })
    expect(nextScale(state({ ...stuck, old: { desired: 8, available: 7 } }))).toEqual({ fresh: 5, old: 8 })
  })
})

describe('whatever the numbers and the order in which pods come up', () => {
  const cases = [1, 2, 3, 5, 10].flatMap((replicas) =>
    [0, 1, 2, replicas].flatMap((maxSurge) =>
      [0, 1, 2].flatMap((maxUnavailable) =>
        maxSurge + maxUnavailable === 0
          ? []
          : [{ replicas, maxSurge, maxUnavailable: Math.min(maxUnavailable, replicas) }],
      ),
    ),
  )

  test.each(cases)('%j: never too many, never too few, and it ends', ({ replicas, maxSurge, maxUnavailable }) => {
    let fresh = { desired: 0, available: 0 }
    let old = { desired: replicas, available: replicas }
    for (let step = 0; fresh.available < replicas || old.desired > 0; step += 1) {
      expect(step).toBeLessThan(10 * replicas + 10)
      const next = nextScale({ replicas, maxSurge, maxUnavailable, fresh, old })
      const stuck = next.fresh === fresh.desired && next.old === old.desired
      fresh = { desired: next.fresh, available: fresh.available }
      old = { desired: next.old, available: Math.min(old.available, next.old) }
      expect(fresh.desired + old.desired).toBeLessThanOrEqual(replicas + maxSurge)
      expect(fresh.available + old.available).toBeGreaterThanOrEqual(replicas - maxUnavailable)
      // Only when the controller has nothing to do does the next pod become available.
      if (stuck) fresh = { desired: fresh.desired, available: Math.min(fresh.available + 1, fresh.desired) }
    }
    expect({ fresh, old }).toEqual({
      fresh: { desired: replicas, available: replicas },
      old: { desired: 0, available: 0 },
    })
  })
})
