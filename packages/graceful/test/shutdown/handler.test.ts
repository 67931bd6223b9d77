import { afterEach, describe, expect, test } from 'vitest'
import { RawClient } from '../harness/raw-client.js'
import { killServices, Service } from '../harness/service.js'

afterEach(killServices)

const start = async (settings: { holdDelay?: true } = {}) =>
  Service.start({ fixture: 'shutdown-handler.mjs', ...settings, options: { shutdownDelay: 500, timeout: 100_000 } })
const report = async (client: RawClient) => JSON.parse((await client.responses(1))[0]!.body) as object

/** Expects that the service exits soon, with its hook run and nothing cut. */
const expectGracefulEnd = async (service: Service): Promise<void> => {
  expect(await service.exited).toEqual({ code: 0, signal: null })
  expect(service.messages.filter(({ hook }) => hook === 'ran')).toHaveLength(1)
  expect(service.report).toMatchObject({ outcome: 'graceful', forced: [] })
  expect(service.report['durationMs']).toBeLessThan(50_000)
}

describe('a handler that awaits shutdown()', () => {
  test('gets the report as of then, and its response is sent before the hooks', async () => {
    const service = await start()
    const client = new RawClient(service.port).get('/shutdown')
    expect(await report(client)).toMatchObject({ reason: 'a handler', outcome: 'graceful', delayEnd: 'max', hooks: [] })
    client.end()
    await expectGracefulEnd(service)
  })

  test('waits for the other requests', async () => {
    const service = await start()
    const slow = new RawClient(service.port).get('/slow')
    await service.waitFor(({ handler }) => handler === '/slow')
    const client = new RawClient(service.port).get('/shutdown')
    await service.waitFor(({ resolved }) => resolved === '/shutdown')
    expect((await slow.responses(1))[0]!.body).toBe('slow')
    expect(await report(client)).toMatchObject({ outcome: 'graceful' })
    for (const one of [client, slow]) one.end()
    await expectGracefulEnd(service)
  })

  test('does not wait for another such handler, nor that one for it', async () => {
    const service = await start()
    const clients = [1, 2, 3].map((n) => new RawClient(service.port).get(`/shutdown?${n}`))
    for (const client of clients) expect(await report(client)).toMatchObject({ outcome: 'graceful' })
    for (const client of clients) client.end()
    await expectGracefulEnd(service)
  })

  test('can be called after a signal', async () => {
    const service = await start({ holdDelay: true })
    service.signal()
    await service.waitForState('lameDuck')
    const client = new RawClient(service.port).get('/shutdown')
    await service.waitFor(({ handler }) => handler === '/shutdown')
    service.passDelay()
    expect(await report(client)).toMatchObject({ reason: 'SIGTERM', outcome: 'graceful' })
    client.end()
    await expectGracefulEnd(service)
  })

  test('does not delay the shutdown if its client leaves', async () => {
    const service = await start()
    const client = new RawClient(service.port).get('/shutdown')
    await service.waitFor(({ handler }) => handler === '/shutdown')
    client.destroy()
    await expectGracefulEnd(service)
    expect(service.report['hooks']).toMatchObject([{ outcome: 'done' }])
  })
})
