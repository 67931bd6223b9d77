import { afterEach, describe, expect, test } from 'vitest'
import { RawClient } from '../harness/raw-client.js'
import { killServices, Service } from '../harness/service.js'

afterEach(killServices)

const start = async (scenario: string, options: object = {}, env: NodeJS.ProcessEnv = {}) =>
  Service.start({ fixture: 'other-code.mjs', options, env: { SCENARIO: scenario, ...env } })

/** Returns the states, the hook and the clean-up of the other code, in order. */
const orderOf = ({ messages }: Service): unknown[] =>
  messages
    .flatMap(
      ({ state, hook, cleanUp }) => state ?? (hook && 'hook') ?? (cleanUp && `clean-up ${cleanUp as string}`) ?? [],
    )
    .filter((event) => !['ready', 'lameDuck'].includes(event as string))

const COMPLETE = ['draining', 'closing', 'hook', 'clean-up start', 'clean-up end', 'terminated']

/** Expects that the clean-up ran to its end, after the hook, and that the library noticed its end before the end of the budget. */
function expectCompleteEnd(service: Service): void {
  expect(orderOf(service)).toEqual(COMPLETE)
  expect(service.messages.filter((message) => 'activeResources' in message)).toEqual([])
}

/** Sends the signal during a slow request, and a request during the delay. Both get their responses. */
async function shutDownUnderLoad(service: Service): Promise<void> {
  const slow = new RawClient(service.port).get('/slow?ms=600')
  await service.waitFor(({ handler }) => handler === '/slow?ms=600')
  service.signal()
  await service.waitForState('lameDuck')
  const fresh = new RawClient(service.port).get('/fresh')
  expect((await fresh.responses(1))[0]).toMatchObject({ status: 200, body: 'answer to /fresh' })
  expect((await slow.responses(1))[0]).toMatchObject({ status: 200, body: 'slow ' })
  for (const client of [fresh, slow]) client.end()
}

describe('clean-up by other code runs after the last connection and the hooks, to its end', () => {
  test.each([
    ['telemetry', 0],
    ['promise', 0],
    ['callback', 0],
    ['nested callbacks', 0],
    ['close event', 0],
    ['events.once', 0],
    ['signal again', 0],
    ['143', 0],
    ['3', 3],
    ['exitCode', 4],
    ['throws', 1],
    ['listens again', 0],
    ['several promises, and one exits first', 0],
  ])('%s: exit code %i', async (scenario, code) => {
    for (const env of [{}, { BEFORE: '1' }]) {
      const service = await start(scenario, {}, env)
      await shutDownUnderLoad(service)
      expect(await service.exited).toEqual({ code, signal: null })
      expectCompleteEnd(service)
      expect(service.report).toMatchObject({ exitCode: code, forced: [], hooks: [{ outcome: 'done' }] })
    }
  })

  test('without a server: a worker whose listener sets a flag, and that ends by itself', async () => {
    const service = await start('flag', {}, { WITHOUT_SERVER: '1' })
    service.signal()
    expect(await service.exited).toEqual({ code: 0, signal: null })
    expectCompleteEnd(service)
  })

  test.each([[{}], [{ WITHOUT_SERVER: '1' }]])('a flag that leads to process.exit(), with %j', async (env) => {
    const service = await start('flag and exit', {}, env)
    service.signal()
    expect(await service.exited).toEqual({ code: 0, signal: null })
    expectCompleteEnd(service)
  })

  test('a listener for beforeExit gets its turn', async () => {
    const service = await start('beforeExit starts work')
    service.signal()
    expect(await service.exited).toEqual({ code: 0, signal: null })
    expectCompleteEnd(service)
  })

  test('a second SIGTERM reaches no listener', async () => {
    const service = await start('listens again')
    service.signal()
    await service.waitForState('lameDuck')
    service.signal()
    await service.waitFor(({ cleanUp }) => cleanUp === 'start')
    service.signal()
    expect(await service.exited).toEqual({ code: 0, signal: null })
    expectCompleteEnd(service)
  })
})

describe('the report', () => {
  test.each([
    ['promise', [{ name: 'anonymous', where: expect.stringMatching(/other-code\.mjs:\d+/), outcome: 'done' }]],
    [
      'throws',
      [
        { name: 'anonymous', where: expect.any(String), outcome: 'failed', error: 'test error' },
        { name: 'anonymous', where: expect.any(String), outcome: 'done' },
      ],
    ],
    ['rejects', [{ name: 'anonymous', where: expect.any(String), outcome: 'failed', error: 'test error' }]],
  ])('says how each listener ended: %s', async (scenario, listeners) => {
    const service = await start(scenario)
    service.signal()
    await service.exited
    expect(service.report['listeners']).toEqual(listeners)
    const failed = scenario !== 'promise'
    expect(service.report).toMatchObject(
      failed ? { outcome: 'other-code-failed', exitCode: 1 } : { outcome: 'graceful', exitCode: 0 },
    )
    expect(service.messages.filter(({ message }) => (message as string)?.endsWith('failed'))).toHaveLength(
      failed ? 2 : 0,
    )
  })

  test('names the caller of process.exit(), and the log counts and names the listeners', async () => {
    const service = await start('telemetry')
    service.signal()
    await service.exited
    expect(service.report['exitCalls']).toEqual([
      { method: 'exit', code: 0, caller: expect.stringMatching(/other-code\.mjs:\d+:\d+/) },
    ])
    expect(service.messages).toContainEqual(
      expect.objectContaining({
        level: 'warn',
        message: expect.stringMatching(/1 other SIGTERM listener\(s\) deferred .* anonymous \(.*other-code\.mjs/),
      }),
    )
  })
})

describe('the wait for other code ends with the budget', () => {
  test.each([
    ['never ends', 1, 'timed-out'],
    ['keeps the process alive', 0, 'done'],
  ])('%s: exit code %i', async (scenario, code, outcome) => {
    const service = await start(scenario, { shutdownDelay: 0, timeout: 1_500 })
    service.signal()
    expect(await service.exited).toEqual({ code, signal: null })
    expect(service.report).toMatchObject({ exitCode: code, listeners: [{ outcome }] })
    expect(service.report['durationMs']).toBeGreaterThanOrEqual(1_400)
    expect(service.messages).toContainEqual(
      expect.objectContaining({ level: 'warn', activeResources: expect.stringContaining('Timeout') }),
    )
  })
})

describe('process.exit() by other code in the drain', () => {
  test.each([
    ['exits in the drain', 0],
    ['exits with 5 in the drain', 5],
    ['imported exit', 0],
    ['exits in a hook', 0],
  ])('is deferred until the end: %s', async (scenario, code) => {
    const service = await start(scenario)
    await shutDownUnderLoad(service)
    expect(await service.exited).toEqual({ code, signal: null })
    expect(orderOf(service)).toEqual(['draining', 'closing', 'hook', 'terminated'])
    expect(service.report).toMatchObject({ exitCode: code, exitCalls: [{ code }] })
    expect(service.messages).toContainEqual(
      expect.objectContaining({
        level: 'warn',
        message: expect.stringMatching(
          /process\.exit\(\d\) is deferred until the drain is over; called at .*other-code\.mjs/,
        ),
      }),
    )
  })

  test('is deferred after shutdown(), too, which calls no signal listener', async () => {
    const service = await start('exits in the drain', { signals: ['SIGTERM'] })
    service.send('shutdown')
    expect(await service.exited).toEqual({ code: 0, signal: null })
    expect(orderOf(service)).toEqual(['draining', 'closing', 'hook', 'terminated'])
    const other = await start('promise')
    other.send('shutdown')
    expect(await other.exited).toEqual({ code: 0, signal: null })
    expect(other.report).toMatchObject({ listeners: [] })
  })

  test('calls the listeners if the signal arrives during a shutdown by shutdown()', async () => {
    const service = await start('promise')
    service.send('shutdown')
    await service.waitForState('lameDuck')
    service.signal()
    expect(await service.exited).toEqual({ code: 0, signal: null })
    expectCompleteEnd(service)
  })

  test('takes effect after a shutdown with exit: false', async () => {
    const service = await start('exits with 5 in the drain', { exit: false })
    service.signal()
    expect(await service.exited).toEqual({ code: 5, signal: null })
    expect(orderOf(service)).toEqual(['draining', 'closing', 'hook', 'terminated'])
  })
})

describe('at once', () => {
  test('a second SIGINT ends the process during the wait for other code', async () => {
    const service = await start('keeps the process alive', { shutdownDelay: 0, timeout: 20_000 })
    service.signal('SIGINT')
    await service.waitFor(({ message }) => message === 'graceful: called 1 other SIGINT listener(s)')
    // A SIGINT within 500 ms of the first is the same key press.
    await new Promise((resolve) => void setTimeout(resolve, 700))
    service.signal('SIGINT')
    expect(await service.exited).toEqual({ code: 130, signal: null })
    expect(orderOf(service)).toEqual(['draining', 'closing', 'hook'])
  })

  test('process.reallyExit() ends the process', async () => {
    const service = await start('reallyExit')
    service.signal()
    expect(await service.exited).toEqual({ code: 7, signal: null })
  })

  test("signalListeners: 'immediate' calls the listeners at the signal, and process.exit() ends the process", async () => {
    const service = await start('telemetry', { shutdownDelay: 5_000, timeout: 10_000, signalListeners: 'immediate' })
    service.signal()
    expect(await service.exited).toEqual({ code: 0, signal: null })
    expect(orderOf(service)).toEqual(['clean-up start', 'clean-up end'])
    expect(service.messages).toContainEqual(
      expect.objectContaining({ level: 'error', message: expect.stringContaining('other code ended the process') }),
    )
  })
})

test('a listener of the package signal-exit, which does nothing, extends the shutdown by at most 5 s', async () => {
  const service = await start('signal-exit', { shutdownDelay: 0, timeout: 20_000 })
  service.signal()
  expect(await service.exited).toEqual({ code: 0, signal: null })
  expect(service.report).toMatchObject({ outcome: 'graceful', listeners: [{ outcome: 'done' }] })
  expect(service.report['durationMs']).toBeLessThan(15_000)
})

test('a request that waits for a listener of other code gets its response before the cut', async () => {
  const service = await start('poll', { shutdownDelay: 0, timeout: 3_000 })
  const poll = new RawClient(service.port).get('/poll')
  await service.waitFor(({ handler }) => handler === '/poll')
  service.signal()
  expect((await poll.responses(1))[0]).toMatchObject({ status: 200, body: 'polled' })
  poll.end()
  expect(await service.exited).toEqual({ code: 0, signal: null })
  expect(service.report).toMatchObject({ outcome: 'graceful', forced: [], listeners: [{ outcome: 'done' }] })
})
