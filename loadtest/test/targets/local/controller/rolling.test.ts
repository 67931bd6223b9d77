import { describe, expect, test } from 'vitest'
import { nextScale, type RollingState } from '../../../../src/targets/local/controller/rolling.js'

const state = (change: Partial<RollingState>): RollingState => ({
  replicas: 3,
  maxSurge: 1,
  maxUnavailable: 0,
  fresh: { desired: 0, available: 0 },
  old: { desired: 3, available: 3 },
  ...change,
})

describe('one step of a rolling update', () => {
  test('adds new pods up to the surge', () => {
    expect(nextScale(state({}))).toEqual({ fresh: 1, old: 3 })
    expect(nextScale(state({ maxSurge: 2 }))).toEqual({ fresh: 2, old: 3 })
    expect(nextScale(state({ maxSurge: 9 }))).toEqual({ fresh: 3, old: 3 })
  })

  test('deletes no old pod before a new one is available', () => {
    expect(nextScale(state({ fresh: { desired: 1, available: 0 } }))).toEqual({ fresh: 1, old: 3 })
    expect(nextScale(state({ fresh: { desired: 1, available: 1 } }))).toEqual({ fresh: 1, old: 2 })
  })

  test('deletes an old pod first without surge', () => {
    expect(nextScale(state({ maxSurge: 0, maxUnavailable: 1 }))).toEqual({ fresh: 0, old: 2 })
    expect(nextScale(state({ maxSurge: 0, maxUnavailable: 1, old: { desired: 2, available: 2 } }))).toEqual({
      fresh: 1,
      old: 2,
    })
  })

  test('deletes unhealthy old pods first, because that costs no availability', () => {
    const sick = { desired: 3, available: 2 }
    expect(nextScale(state({ maxUnavailable: 1, fresh: { desired: 1, available: 0 }, old: sick }))).toEqual({
      fresh: 1,
      old: 2,
    })
  })

  test('keeps old pods while new ones are not available', () => {
    // The example in the comment of reconcileOldReplicaSets: 10 replicas, surge 3, unavailable 2.
    const stuck = { replicas: 10, maxSurge: 3, maxUnavailable: 2, fresh: { desired: 5, available: 0 } }
    expect(nextScale(state({ ...stuck, old: { desired: 8, available: 8 } }))).toEqual({ fresh: 5, old: 8 })
    expect(nextScale(state({ ...stuck, old: { desired: 8, available: 7 } }))).toEqual({ fresh: 5, old: 8 })
  })
})

describe('a rolling update with any numbers and any order of availability', () => {
  const cases = [1, 2, 3, 5, 10].flatMap((replicas) =>
    [0, 1, 2, replicas].flatMap((maxSurge) =>
      [0, 1, 2].flatMap((maxUnavailable) =>
        maxSurge + maxUnavailable === 0
          ? []
          : [{ replicas, maxSurge, maxUnavailable: Math.min(maxUnavailable, replicas) }],
      ),
    ),
  )

  test.each(cases)(
    '%j: keeps within maxSurge and maxUnavailable, and ends',
    ({ replicas, maxSurge, maxUnavailable }) => {
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
        // The next pod becomes available only when the controller has nothing left to do.
        if (stuck) fresh = { desired: fresh.desired, available: Math.min(fresh.available + 1, fresh.desired) }
      }
      expect({ fresh, old }).toEqual({
        fresh: { desired: replicas, available: replicas },
        old: { desired: 0, available: 0 },
      })
    },
  )
})
