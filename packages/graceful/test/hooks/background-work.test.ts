import { describe, expect, test } from 'vitest'
import { BackgroundWork } from '../../src/hooks/background-work.js'
import { silentLogger } from '../../src/process/reporting/logger.js'
import { FakeRuntime } from '../harness/fake-runtime.js'
import { startVirtualService } from '../harness/virtual-service.js'

const start = async (timeout = 20_000) => {
  const { runtime, graceful, errors } = await startVirtualService({ shutdownDelay: 1_000, timeout })
  const events: string[] = []
  graceful.onState((state) => events.push(`${runtime.now()} ${state}`))
  const sleep = async (ms: number) => new Promise<void>((resolve) => void runtime.setTimeout(resolve, ms))
  return { runtime, graceful, errors, events, sleep }
}
const hang = async (): Promise<never> => new Promise(() => {})

describe('background work', () => {
  test('is waited for before the drain is over, also if it starts from other work or from a hook of phase signal', async () => {
    const { runtime, graceful, events, sleep } = await start()
    graceful.waitUntil(
      sleep(2_000).then(() => graceful.waitUntil(sleep(500), 'from work')),
      'mail',
    )
    graceful.onShutdown('jobs', async () => sleep(3_000).then(() => graceful.waitUntil(sleep(500), 'from a hook')), {
      phase: 'signal',
    })
    const report = await runtime.complete(graceful.shutdown())
    expect(events).toEqual(['0 lameDuck', '1000 draining', '3500 closing', '3500 terminated'])
    expect(report).toMatchObject({ outcome: 'graceful', exitCode: 0, abandoned: [] })
  })

  test('is waited for if it starts some promise callbacks after the last one has ended', async () => {
    const { runtime, graceful, events, sleep } = await start()
    const first = sleep(2_000)
    graceful.waitUntil(first, 'first')
    const follow = async () => {
      await first
      // oxlint-disable-next-line no-await-in-loop -- some turns of the microtask queue
      for (let turn = 0; turn < 20; turn++) await Promise.resolve()
      graceful.waitUntil(sleep(500), 'second')
    }
    void follow()
    await runtime.complete(graceful.shutdown())
    expect(events).toEqual(['0 lameDuck', '1000 draining', '2500 closing', '2500 terminated'])
  })

  test('that does not end is named by the report and the log, and the hooks have their time', async () => {
    const { runtime, graceful, errors, sleep } = await start()
    graceful.onShutdown('pool', async () => sleep(2_900), { timeout: 3_000 })
    graceful.waitUntil(hang(), 'mail')
    await runtime.advance(500)
    graceful.waitUntil(hang(), 'mail')
    graceful.waitUntil(hang(), 'invoice')
    const report = await runtime.complete(graceful.shutdown())
    const abandoned = [
      { name: 'mail', count: 2, oldestMs: 17_250 },
      { name: 'invoice', count: 1, oldestMs: 16_750 },
    ]
    expect(report).toMatchObject({
      outcome: 'forced',
      exitCode: 1,
      forced: [],
      abandoned,
      hooks: [{ name: 'pool', outcome: 'done' }],
    })
    for (const work of abandoned) expect(errors).toContainEqual({ work })
  })

  test('that rejects is logged, and changes nothing else', async () => {
    const { runtime, graceful, errors, sleep } = await start()
    graceful.waitUntil(Promise.reject(new Error('before the signal')), 'mail')
    runtime.emit('SIGTERM')
    graceful.waitUntil(
      sleep(1_500).then(() => {
        throw new Error('in the drain')
      }),
      'invoice',
    )
    const report = await runtime.complete(graceful.shutdown())
    expect(report).toMatchObject({ outcome: 'graceful', exitCode: 0 })
    expect(errors).toEqual([
      { work: 'mail', error: 'before the signal' },
      { work: 'invoice', error: 'in the drain' },
    ])
  })

  test('that starts while the hooks run is waited for until the end of their phase', async () => {
    const { runtime, graceful, events, sleep } = await start()
    graceful.onShutdown('pool', () => graceful.waitUntil(sleep(700), 'flush'))
    graceful.onShutdown('telemetry', () => graceful.waitUntil(hang(), 'export'), { phase: 'last' })
    const report = await runtime.complete(graceful.shutdown())
    expect(report.hooks.map(({ name, outcome }) => `${name} ${outcome}`)).toEqual(['pool done', 'telemetry done'])
    expect(report).toMatchObject({
      outcome: 'forced',
      abandoned: [{ name: 'export', count: 1, oldestMs: 18_300 }],
      durationMs: 20_000,
    })
    expect(events.slice(-2)).toEqual(['1000 closing', '20000 terminated'])
  })

  test('that starts after a forced end does not take the time of the hooks of phase last', async () => {
    const { runtime, graceful, sleep } = await start()
    graceful.onState((state) => state === 'closing' && graceful.waitUntil(hang(), 'mail'))
    graceful.onShutdown('telemetry', async () => sleep(1_000), { phase: 'last', timeout: 2_000 })
    const { hooks, abandoned } = await runtime.complete(graceful.shutdown())
    expect(hooks).toMatchObject([{ name: 'telemetry', outcome: 'done' }])
    expect(abandoned).toMatchObject([{ name: 'mail' }])
  })

  test('is refused after the shutdown', async () => {
    const { runtime, graceful } = await start()
    await runtime.complete(graceful.shutdown())
    expect(() => graceful.waitUntil(Promise.resolve(), 'mail')).toThrow(
      "graceful: cannot wait for the background work 'mail': the shutdown is over; start it before, or await it in a " +
        'shutdown hook',
    )
  })
})

test('200,000 short promises leave nothing behind', async () => {
  const runtime = new FakeRuntime()
  const background = new BackgroundWork(runtime, silentLogger)
  for (let round = 0; round < 20; round++) {
    for (let index = 0; index < 10_000; index++) background.add(Promise.resolve(), 'short')
    expect(background.size).toBe(10_000)
    // oxlint-disable-next-line no-await-in-loop -- one round after another
    await runtime.flush()
    expect(background.size).toBe(0)
  }
  await background.settled()
})

test.each<[string, unknown, unknown]>([
  ["background work 'mail' must be a promise; received [Function: work]", function work() {}, 'mail'],
  ["background work 'mail' must be a promise; received undefined", undefined, 'mail'],
  ["name of background work must be a non-empty string; received ''", Promise.resolve(), ''],
  ['name of background work must be a non-empty string; received undefined', Promise.resolve(), undefined],
])('an invalid argument of waitUntil: the %s', async (message, promise, name) => {
  const { graceful } = await start()
  expect(() => graceful.waitUntil(promise as never, name as never)).toThrow(new TypeError(`graceful: the ${message}`))
})
