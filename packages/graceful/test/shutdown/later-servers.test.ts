import { afterEach, describe, expect, test } from 'vitest'
import { RawClient } from '../harness/raw-client.js'
import { killServices, Service } from '../harness/service.js'

afterEach(killServices)

async function startServer(service: Service, name: string): Promise<number> {
  service.send({ start: name })
  const { port } = await service.waitFor((message) => message['server'] === name && message['port'] !== undefined)
  return port as number
}

const start = async (settings: { options?: object; holdDelay?: true }) =>
  Service.start({ fixture: 'later-servers.mjs', ...settings, options: { timeout: 15_000, ...settings.options } })

describe('a server that appears', () => {
  test('after the start is served through the delay and drained', async () => {
    const service = await start({ holdDelay: true })
    const port = await startServer(service, 'main')
    const slow = new RawClient(port).get('/slow?ms=1000')
    await service.waitFor(({ handler }) => handler === '/slow?ms=1000')
    service.signal()
    await service.waitForState('lameDuck')
    const late = new RawClient(port).get('/late')
    expect((await late.responses(1))[0]).toMatchObject({ status: 200, headers: { connection: 'close' } })
    late.end()
    service.passDelay()
    await service.waitForState('draining')
    expect(await new RawClient(port).get('/too-late').ended()).toBe('ECONNREFUSED')
    expect((await slow.responses(1))[0]).toMatchObject({ body: 'slow ', headers: { connection: 'close' } })
    slow.end()
    await service.waitFor(({ hook }) => hook !== undefined)
    service.send({})
    expect(await service.exited).toEqual({ code: 0, signal: null })
    expect(service.report).toMatchObject({ delayEnd: 'max', requestsAfterSignal: 1 })
  })

  test('during the delay is served, drained, and closed with the others', async () => {
    const service = await start({ holdDelay: true })
    await startServer(service, 'main')
    service.signal()
    await service.waitForState('lameDuck')
    const port = await startServer(service, 'later')
    const slow = new RawClient(port).get('/slow?ms=1000')
    service.passDelay()
    await service.waitForState('draining')
    expect(await new RawClient(port).get('/too-late').ended()).toBe('ECONNREFUSED')
    expect((await slow.responses(1))[0]).toMatchObject({ body: 'slow ', headers: { connection: 'close' } })
    slow.end()
    await service.waitFor(({ hook }) => hook !== undefined)
    service.send({})
    expect(await service.exited).toEqual({ code: 0, signal: null })
  })

  test('after the delay is closed at once', async () => {
    const service = await start({ options: { shutdownDelay: 0 } })
    await startServer(service, 'main')
    service.signal()
    await service.waitFor(({ hook }) => hook !== undefined)
    service.send({ start: 'late' })
    await service.waitFor(({ server, closed }) => server === 'late' && closed === true)
    expect(await service.exited).toEqual({ code: 0, signal: null })
  })
})

test('the library forgets a server that has closed', async () => {
  const service = await start({ options: { shutdownDelay: 0 } })
  const port = await startServer(service, 'short')
  const client = new RawClient(port).get('/one', 'Connection: close\r\n')
  await client.responses(1)
  client.end()
  service.send({ close: 'short' })
  expect(await service.waitFor(({ forgotten }) => forgotten === 'short')).toMatchObject({ left: 0, open: 0 })
  service.signal()
  await service.waitFor(({ hook }) => hook !== undefined)
  service.send({})
  expect(await service.exited).toEqual({ code: 0, signal: null })
  expect(service.report).toMatchObject({ delayEnd: 'no-server' })
})
