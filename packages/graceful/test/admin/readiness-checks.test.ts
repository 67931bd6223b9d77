import { describe, expect, test } from 'vitest'
import { ReadinessChecks } from '../../src/admin/readiness-checks.js'
import { FakeRuntime } from '../harness/fake-runtime.js'

describe('readiness checks', () => {
  test('a cached result is used until it expires, then the check runs again', async () => {
    const runtime = new FakeRuntime()
    const checks = new ReadinessChecks(runtime)
    let runs = 0
    checks.add('database', () => (runs += 1), { cacheFor: 1_000 })
    await checks.run()
    await checks.run()
    expect(runs).toBe(1)
    await runtime.advance(1_001)
    await checks.run()
    expect(runs).toBe(2)
  })

  test.each(['startup', 'state', 'notReady'])("cannot have the name '%s' of a condition of the library", (name) => {
    const checks = new ReadinessChecks(new FakeRuntime())
    expect(() => checks.add(name, () => {})).toThrow(
      `graceful: the name of a readiness check must be none of the library's own (startup, state, notReady); received '${name}'`,
    )
  })

  test('without a cache each probe runs the check, and simultaneous probes share one run', async () => {
    const checks = new ReadinessChecks(new FakeRuntime())
    let runs = 0
    checks.add('database', () => (runs += 1))
    await Promise.all([checks.run(), checks.run(), checks.run()])
    expect(runs).toBe(1)
    await checks.run()
    expect(runs).toBe(2)
  })

  test('a check that exceeds its time limit fails, with its name', async () => {
    const runtime = new FakeRuntime()
    const checks = new ReadinessChecks(runtime)
    checks.add('slow', async () => new Promise(() => {}), { timeout: 300 })
    const results = checks.run()
    await runtime.advance(301)
    expect(await results).toEqual([{ name: 'slow', failure: 'took longer than 300 ms' }])
  })
})
