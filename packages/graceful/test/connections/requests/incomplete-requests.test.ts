import { afterEach, describe, expect, test } from 'vitest'
import { RawClient } from '../../harness/raw-client.js'
import { killServices, Service } from '../../harness/service.js'

afterEach(killServices)

/** Exit of a service that has served all its clients. */
const cleanExit = { code: 0, signal: null }

describe('requests that are incomplete at the signal', () => {
  test('a head that is completed in the lame duck or in the drain gets its response', async () => {
    const service = await Service.start({ holdDelay: true })
    const clients = [1, 2].map(() => new RawClient(service.port).send('GET /half HTTP/1.1\r\nHo'))
    await Promise.all(clients.map(async (client) => client.connected()))
    await service.probe('/livez')
    service.signal()
    await service.waitForState('lameDuck')
    clients[0]!.send('st: fixture\r\n\r\n')
    await clients[0]!.responses(1)
    service.passDelay()
    await service.waitForState('draining')
    clients[1]!.send('st: fixture\r\n\r\n')
    for (const client of clients) {
      expect((await client.responses(1))[0]).toMatchObject({ status: 200, body: 'answer to /half' })
      client.end()
    }
    expect(await service.exited).toEqual(cleanExit)
  })

  test('a slow upload is received completely and gets its response', async () => {
    const service = await Service.start({ options: { shutdownDelay: 100 } })
    const client = new RawClient(service.port).send(
      'POST /upload HTTP/1.1\r\nHost: fixture\r\nContent-Length: 100000\r\n\r\n',
    )
    await service.waitFor(({ handler }) => handler === '/upload')
    service.signal()
    await service.waitForState('draining')
    for (let part = 0; part < 10; part++) {
      client.send('x'.repeat(10_000))
      await new Promise((resolve) => void setTimeout(resolve, 30))
    }
    expect((await client.responses(1))[0]).toMatchObject({ body: 'received 100000', headers: { connection: 'close' } })
    client.end()
    expect(await service.exited).toEqual(cleanExit)
  })

  test('a request with Expect: 100-continue gets 100 and its response', async () => {
    const service = await Service.start({ holdDelay: true })
    service.signal()
    await service.waitForState('lameDuck')
    const client = new RawClient(service.port)
    client.send('POST /upload HTTP/1.1\r\nHost: fixture\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n')
    await client.receives('100 Continue')
    client.send('hello')
    expect((await client.responses(2))[1]).toMatchObject({ status: 200, body: 'received 5' })
    client.end()
    service.passDelay()
    expect(await service.exited).toEqual(cleanExit)
  })

  test('a response sent before its upload is read is not destroyed by a reset', async () => {
    const service = await Service.start({ holdDelay: true })
    service.signal()
    await service.waitForState('lameDuck')
    const client = new RawClient(service.port)
    client.send('POST /refuse-upload HTTP/1.1\r\nHost: fixture\r\nContent-Length: 5000000\r\n\r\n')
    await service.waitFor(({ handler }) => handler === '/refuse-upload')
    expect((await client.responses(1))[0]).toMatchObject({ status: 413, body: 'too large' })
    expect(await client.ended()).toBe('end')
    // Some clients read the response only after they have sent everything. A reset would destroy it.
    for (let part = 0; part < 20; part++) {
      client.send('x'.repeat(100_000))
      await new Promise((resolve) => void setTimeout(resolve, 5))
    }
    expect(client.error).toBe(undefined)
    client.end()
    service.passDelay()
    expect(await service.exited).toEqual(cleanExit)
  })
})
