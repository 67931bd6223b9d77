import { afterEach, describe, expect, test } from 'vitest'
import { ReadinessChecks } from '../../../src/admin/readiness-checks.js'
import { errorMessage, errorStack } from '../../../src/process/reporting/error-text.js'
import { FakeRuntime } from '../../harness/fake-runtime.js'
import { RawClient } from '../../harness/raw-client.js'
import { killServices, Service } from '../../harness/service.js'
import { throwables } from '../../harness/throwables.js'
import { startVirtualService } from '../../harness/virtual-service.js'

afterEach(killServices)

const someText = expect.stringMatching(/./) as string

describe.each(throwables)('%s', (_, thrown) => {
  test('is converted to text', () => {
    expect([errorMessage(thrown), errorStack(thrown)]).toEqual([someText, someText])
  })

  test('fails the readiness check that throws it, and the check can run again', async () => {
    const checks = new ReadinessChecks(new FakeRuntime())
    let failing = true
    checks.add('database', () => {
      if (failing) throw thrown
    })
    expect(await checks.run()).toEqual([{ name: 'database', failure: someText }])
    failing = false
    expect(await checks.run()).toEqual([{ name: 'database', failure: undefined }])
  })

  test('causes a normal crash, and does not stop the shutdown if a state listener or a hook throws it', async () => {
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
      hooks: [{ name: 'pool', outcome: 'failed', error: someText }],
    })
    expect(errors).toContainEqual({ error: someText })
    expect(errors).toContainEqual({ error: someText, state: 'draining' })
    expect(runtime.exits).toEqual([1])
  })
})

test('errorMessage returns the message, errorStack the stack; both return the text of other values', () => {
  const error = new Error('test error')
  expect([errorMessage(error), errorStack(error)]).toEqual(['test error', error.stack])
  expect([errorMessage('test error'), errorStack(undefined)]).toEqual(["'test error'", 'undefined'])
})

test.each(['throw', 'reject'])(
  'a %s of an unprintable value drains the process and causes exit code 1',
  async (how) => {
    const service = await Service.start({ hooks: [{ name: 'pool' }] })
    const slow = new RawClient(service.port).get('/slow?ms=800')
    await service.waitFor(({ handler }) => handler === '/slow?ms=800')
    const crash = new RawClient(service.port).get(`/crash?unprintable&how=${how}`)
    expect((await slow.responses(1))[0]).toMatchObject({ status: 200, body: 'slow ' })
    slow.end()
    expect(await service.exited).toEqual({ code: 1, signal: null })
    expect(service.report).toMatchObject({ outcome: 'crashed', hooks: [{ name: 'pool', outcome: 'done' }] })
    crash.destroy()
  },
)

test('a probe that the application has already answered causes no crash', async () => {
  const service = await Service.start({ env: { MOUNT_PROBES: 'answer-early' } })
  const client = new RawClient(service.port).get('/readyz')
  expect((await client.responses(1))[0]!.body).toBe('early answer')
  client.get('/other')
  expect((await client.responses(2))[1]!.headers['connection']).toBe('keep-alive')
  client.end()
  service.signal()
  expect(await service.exited).toEqual({ code: 0, signal: null })
  expect(service.report).toMatchObject({ outcome: 'graceful', reason: 'SIGTERM' })
})
