import { describe, expect, test } from 'vitest'
import type { Graceful, ShutdownReport } from '../../src/types.js'
import type { FakeRuntime } from '../harness/fake-runtime.js'
import { startVirtualService } from '../harness/virtual-service.js'

/** Returns the report of the current shutdown, in as much virtual time as it needs. */
const reportOf = async (runtime: FakeRuntime, graceful: Graceful): Promise<ShutdownReport> =>
  runtime.complete(graceful.shutdown())

const hang = async (): Promise<never> => new Promise(() => {})

describe.each(['uncaughtException', 'unhandledRejection'] as const)('an %s', (event) => {
  test('starts a shutdown with exit code 1, and the log contains its stack', async () => {
    const { runtime, graceful, errors } = await startVirtualService()
    runtime.emit(event, new Error('test error'))
    const report = await reportOf(runtime, graceful)
    expect(report).toMatchObject({ outcome: 'crashed', exitCode: 1, signal: undefined, delayEnd: 'max' })
    expect(runtime.exits).toEqual([1])
    expect(errors).toContainEqual({ error: expect.stringMatching(/test error[^]+crash\.test\.ts/) as string })
  })

  test('gets a budget of 5 s, and the delay takes at most half of it', async () => {
    const { runtime, graceful } = await startVirtualService({ timeout: 25_000 })
    graceful.onShutdown('hangs', hang, { timeout: 20_000 })
    runtime.emit(event, new Error('test error'))
    const report = await reportOf(runtime, graceful)
    expect(report).toMatchObject({
      outcome: 'crashed',
      durationMs: 5_000,
      states: { lameDuck: 2_500 },
      hooks: [{ name: 'hangs', outcome: 'timed-out', durationMs: 2_500 }],
    })
    expect(runtime.exits).toEqual([1])
  })
})

test('a budget below 5 s does not change', async () => {
  const { runtime, graceful } = await startVirtualService({ timeout: 2_000, shutdownDelay: 400 })
  graceful.onShutdown('hangs', hang)
  runtime.emit('uncaughtException', new Error('test error'))
  expect(await reportOf(runtime, graceful)).toMatchObject({ durationMs: 2_000, states: { lameDuck: 400 } })
})

test('the thrown value can be any value', async () => {
  const { runtime, graceful, errors } = await startVirtualService()
  runtime.emit('unhandledRejection', undefined)
  await reportOf(runtime, graceful)
  expect(errors).toContainEqual({ error: 'undefined' })
})

describe('a crash during a shutdown', () => {
  test('shortens the rest to 5 s, of which the delay takes half, and keeps the reason', async () => {
    const { runtime, graceful } = await startVirtualService({ shutdownDelay: 10_000 })
    graceful.onShutdown('hangs', hang, { timeout: 20_000 })
    runtime.emit('SIGTERM')
    await runtime.advance(1_000)
    for (let crash = 0; crash < 3; crash++) runtime.emit('uncaughtException', new Error('test error'))
    expect(await reportOf(runtime, graceful)).toMatchObject({
      outcome: 'crashed',
      exitCode: 1,
      reason: 'SIGTERM',
      durationMs: 6_000,
      states: { lameDuck: 3_500 },
      delayEnd: 'max',
      hooks: [{ name: 'hangs', outcome: 'timed-out', durationMs: 2_500 }],
    })
    expect(runtime.exits).toEqual([1])
  })

  test('does not make the budget longer', async () => {
    const { runtime, graceful } = await startVirtualService({ shutdownDelay: 1_000, timeout: 6_000 })
    graceful.onShutdown('hangs', hang, { timeout: 20_000 })
    runtime.emit('SIGTERM')
    await runtime.advance(3_000)
    runtime.emit('uncaughtException', new Error('test error'))
    expect(await reportOf(runtime, graceful)).toMatchObject({ outcome: 'crashed', durationMs: 6_000 })
  })

  test('ends a hook that runs after 5 s, and the later hooks do not run', async () => {
    const { runtime, graceful } = await startVirtualService({ shutdownDelay: 0, timeout: 60_000 })
    graceful.onShutdown('hangs', hang, { timeout: 20_000 })
    graceful.onShutdown('later', hang, { order: 1 })
    runtime.emit('SIGTERM')
    await runtime.advance(1_000)
    runtime.emit('unhandledRejection', new Error('test error'))
    expect(await reportOf(runtime, graceful)).toMatchObject({
      outcome: 'crashed',
      durationMs: 6_000,
      hooks: [
        { name: 'hangs', outcome: 'timed-out' },
        { name: 'later', outcome: 'not-run' },
      ],
    })
  })
})

test('the library has no crash listeners with shutdownOnCrash: false, and after uninstall', async () => {
  const disabled = await startVirtualService({ shutdownOnCrash: false })
  expect(disabled.runtime.listeners('uncaughtException')).toBe(0)
  expect(disabled.runtime.listeners('unhandledRejection')).toBe(0)

  const { runtime, graceful } = await startVirtualService()
  expect([runtime.listeners('uncaughtException'), runtime.listeners('SIGTERM')]).toEqual([1, 1])
  graceful.uninstall()
  expect([runtime.listeners('uncaughtException'), runtime.listeners('SIGTERM')]).toEqual([0, 0])
  expect([runtime.listeners('unhandledRejection'), runtime.listeners('SIGINT')]).toEqual([0, 0])
  expect(runtime.exits).toEqual([])
})

test('a signal without a crash gets the whole budget, and the exit code is 0', async () => {
  const { runtime, graceful } = await startVirtualService({
    timeout: 25_000,
    shutdownDelay: { min: 2_000, max: 15_000 },
  })
  graceful.onShutdown('slow', async () => new Promise<void>((end) => void runtime.setTimeout(end, 4_000)))
  runtime.emit('SIGTERM')
  expect(await reportOf(runtime, graceful)).toMatchObject({
    outcome: 'graceful',
    exitCode: 0,
    reason: 'SIGTERM',
    signal: 'SIGTERM',
    durationMs: 19_000,
    states: { lameDuck: 15_000 },
  })
  expect(runtime.exits).toEqual([0])
})
