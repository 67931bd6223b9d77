import { afterEach, describe, expect, test } from 'vitest'
import { ReadinessChecks } from '../src/admin/readiness-checks.js'
import { errorMessage, errorStack } from '../src/process/error-text.js'
import { FakeRuntime } from './harness/fake-runtime.js'
import { RawClient } from './harness/raw-client.js'
import { killServices, Service } from './harness/service.js'
import { throwables } from './harness/throwables.js'
import { startVirtualService } from './harness/virtual-service.js'

afterEach(killServices)

const words = expect.stringMatching(/./) as string

describe.each(throwables)('%s', (_, thrown) => {
  test('is put into words', () => {
    expect([errorMessage(thrown), errorStack(thrown)]).toEqual([words, words])
  })

  test('fails the readiness check that throws it, which is asked again', async () => {
    const checks = new ReadinessChecks(new FakeRuntime())
    let failing = true
    checks.add('database', () => {
      if (failing) throw thrown
    })
    expect(await checks.run()).toEqual([{ name: 'database', failure: words }])
    failing = false
    expect(await checks.run()).toEqual([{ name: 'database', failure: undefined }])
  })

  test('is a crash like any other, thrown by a listener of onState or a hook it stops nothing', async () => {
    const { runtime, graceful, errors } = await startVirtualService()
    graceful.onState((state) => {
      if (state === 'draining') throw thrown
    })
    graceful.onShutdown('pool', () => {
      throw thrown
    })
    runtime.emit('uncaughtException', thrown)
    expect(await runtime.complete(graceful.shutdown())).toMatchObject({
      reason: 'an uncaught exception',
      outcome: 'crashed',
      hooks: [{ name: 'pool', outcome: 'failed', error: words }],
    })
    expect(errors).toContainEqual({ error: words })
    expect(errors).toContainEqual({ error: words, state: 'draining' })
    expect(runtime.exits).toEqual([1])
  })
})

test('an error says its message, and its stack where that is asked for; nothing else is taken for one', () => {
  const error = new Error('planted')
  expect([errorMessage(error), errorStack(error)]).toEqual(['planted', error.stack])
  expect([errorMessage('planted'), errorStack(undefined)]).toEqual(["'planted'", 'undefined'])
})

test.each(['throw', 'reject'])('a %s of what has no words still drains the process, which ends with 1', async (how) => {
  const service = await Service.start({ hooks: [{ name: 'pool' }] })
  const slow = new RawClient(service.port).get('/slow?ms=800')
  await service.tells(({ handler }) => handler === '/slow?ms=800')
  const crash = new RawClient(service.port).get(`/crash?wordless&how=${how}`)
  expect((await slow.responses(1))[0]).toMatchObject({ status: 200, body: 'slow ' })
  slow.end()
  expect(await service.exited).toEqual({ code: 1, signal: null })
  expect(service.report).toMatchObject({ outcome: 'crashed', hooks: [{ name: 'pool', outcome: 'done' }] })
  crash.destroy()
})

test('a probe that the application has answered itself meanwhile is no crash', async () => {
  const service = await Service.start({ env: { MOUNT_PROBES: 'impatient' } })
  const client = new RawClient(service.port).get('/readyz')
  expect((await client.responses(1))[0]!.body).toBe('impatient')
  client.get('/other')
  expect((await client.responses(2))[1]!.headers['connection']).toBe('keep-alive')
  client.end()
  service.signal()
  expect(await service.exited).toEqual({ code: 0, signal: null })
  expect(service.report).toMatchObject({ outcome: 'graceful', reason: 'SIGTERM' })
})
