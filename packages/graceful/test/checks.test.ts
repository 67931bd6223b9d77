import { describe, expect, test } from 'vitest'
import { Checks } from '../src/admin/checks.js'
import { FakeEnvironment } from './harness/fake-environment.js'

describe('readiness checks', () => {
  test('a result stands for as long as it is cached, then the check runs again', async () => {
    const environment = new FakeEnvironment()
    const checks = new Checks(environment)
    let runs = 0
    checks.add('database', () => (runs += 1), { cacheFor: 1_000 })
    await checks.run()
    await checks.run()
    expect(runs).toBe(1)
    await environment.advance(1_001)
    await checks.run()
    expect(runs).toBe(2)
  })

  test('without a cache each probe asks anew, and probes at the same time share a run', async () => {
    const checks = new Checks(new FakeEnvironment())
    let runs = 0
    checks.add('database', () => (runs += 1))
    await Promise.all([checks.run(), checks.run(), checks.run()])
    expect(runs).toBe(1)
    await checks.run()
    expect(runs).toBe(2)
  })

  test('one that takes too long has failed, by name', async () => {
    const environment = new FakeEnvironment()
    const checks = new Checks(environment)
    checks.add('slow', async () => new Promise(() => {}), { timeout: 300 })
    const results = checks.run()
    await environment.advance(301)
    expect(await results).toEqual([{ name: 'slow', failure: 'took longer than 300 ms' }])
  })
})
