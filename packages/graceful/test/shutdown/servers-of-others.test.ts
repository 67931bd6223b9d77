import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { createServer, type AddressInfo } from 'node:net'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterEach, describe, expect, onTestFinished, test } from 'vitest'
import { RawClient } from '../harness/raw-client.js'
import { killServices, node, Service } from '../harness/service.js'

afterEach(killServices)

/** Starts a process that accepts connections and passes each to the service. Returns its port. */
async function acceptFor(service: Service): Promise<number> {
  const front = createServer({ pauseOnConnect: true }, (socket) => service.sendSocket(socket)).listen(0, '127.0.0.1')
  onTestFinished(() => void front.close())
  await once(front, 'listening')
  return (front.address() as AddressInfo).port
}

describe('a server that gets its connections from other code', () => {
  test('becomes ready with the first one, and serves new ones during the delay', async () => {
    const service = await Service.start({ fixture: 'fed.mjs', holdDelay: true })
    const port = await acceptFor(service)
    expect((await service.probe('/readyz')).status).toBe(503)
    const open = new RawClient(port).get('/first')
    expect((await open.responses(1))[0]).toMatchObject({
      body: 'answer to /first',
      headers: { connection: 'keep-alive' },
    })
    expect((await service.probe('/readyz')).status).toBe(200)

    service.signal()
    await service.waitForState('lameDuck')
    const fresh = new RawClient(port).get('/fresh')
    expect((await fresh.responses(1))[0]).toMatchObject({ body: 'answer to /fresh', headers: { connection: 'close' } })
    for (const client of [open, fresh]) client.end()
    service.passDelay()
    expect(await service.exited).toEqual({ code: 0, signal: null })
    expect(service.report).toMatchObject({ outcome: 'graceful', delayEnd: 'max', connectionsAfterSignal: 1 })
  })

  test('finishes a request in flight on such a connection', async () => {
    const service = await Service.start({ fixture: 'fed.mjs', options: { shutdownDelay: 100 } })
    const slow = new RawClient(await acceptFor(service)).get('/slow?ms=600')
    await service.waitFor(({ handler }) => handler === '/slow?ms=600')
    service.signal()
    expect((await slow.responses(1))[0]).toMatchObject({ status: 200, headers: { connection: 'close' } })
    slow.end()
    expect(await service.exited).toEqual({ code: 0, signal: null })
  })

  test('has no delay if it never got one', async () => {
    const service = await Service.start({ fixture: 'fed.mjs', options: { shutdownDelay: 3_000 } })
    service.signal()
    expect(await service.exited).toEqual({ code: 0, signal: null })
    expect(service.report).toMatchObject({ delayEnd: 'not-listening' })
  })
})

/** Sends a message to the fixture, and returns the state of the service right after it. */
const sendTo = async (service: Service, message: 'close' | 'listen') => {
  service.send(message)
  return (await service.waitFor(({ done }) => done === message))['state']
}

describe('a server that its owner closes without a signal', () => {
  test('is not ready, and becomes ready when it listens again', async () => {
    const service = await Service.start({ fixture: 'closed-by-owner.mjs', env: { STAYS: '1' } })
    expect((await service.probe('/readyz')).status).toBe(200)
    expect(await sendTo(service, 'close')).toBe('starting')
    expect(await service.probe('/readyz')).toMatchObject({
      status: 503,
      body: expect.stringContaining('"notReady":"the server was closed by other code"'),
    })
    expect((await service.probe('/livez')).status).toBe(200)
    service.send('listen')
    await service.waitFor(({ state, previous }) => state === 'ready' && previous === 'starting')
    await service.waitFor(({ done }) => done === 'listen')
    expect((await service.probe('/readyz')).status).toBe(200)
  })

  test('is not ready while it still has a request in flight', async () => {
    const service = await Service.start({ fixture: 'closed-by-owner.mjs' })
    const slow = new RawClient(service.port).get('/slow?ms=1000')
    await service.waitFor(({ handler }) => handler === '/slow?ms=1000')
    expect(await sendTo(service, 'close')).toBe('starting')
    expect((await service.probe('/readyz')).status).toBe(503)
    expect((await slow.responses(1))[0]).toMatchObject({ status: 200 })
  })

  test('leaves nothing of the library that keeps the process alive, not even a client of the admin listener', async () => {
    const service = await Service.start({ fixture: 'closed-by-owner.mjs' })
    const silent = await new RawClient(service.admin).connected()
    const idle = new RawClient(service.admin).get('/livez')
    await idle.responses(1)
    await sendTo(service, 'close')
    expect(await service.exited).toEqual({ code: 0, signal: null })
    for (const client of [silent, idle]) client.destroy()
  })
})

test('a test file that forgets uninstall() ends', async () => {
  const file = fileURLToPath(new URL('../fixtures/forgotten.test.mjs', import.meta.url))
  const { NODE_TEST_CONTEXT: _, ...env } = process.env
  const { stdout } = await promisify(execFile)(node, ['--test', '--test-reporter=tap', file], { env })
  expect(stdout).toMatch(/^# fail 0$/m)
  expect(stdout).toMatch(/^# pass [13]$/m)
})
