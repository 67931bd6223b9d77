import { afterEach, describe, expect, test } from 'vitest'
import { RawClient } from './harness/raw-client.js'
import { killServices, Service } from './harness/service.js'

afterEach(killServices)

/** The clean end, asserted by every test whose clients were all served. */
const gracefulEnd = { code: 0, signal: null }

describe('idle connections', () => {
  test('one that spoke before is answered in the drain, told close, and not closed under the request', async () => {
    const service = await Service.start({ options: { shutdownDelay: 100 } })
    const client = new RawClient(service.port).get('/before')
    await client.responses(1)
    service.signal()
    await service.state('draining')
    await new Promise((resolve) => void setTimeout(resolve, 1_000))
    client.get('/lingering')
    expect((await client.responses(2))[1]).toMatchObject({
      body: 'answer to /lingering',
      headers: { connection: 'close' },
    })
    client.end()
    expect(await service.exited).toEqual(gracefulEnd)
  })

  test('one that stays silent is closed by a FIN after its idle time, and does not hold the exit to the deadline', async () => {
    const service = await Service.start({
      options: { shutdownDelay: 100, timeout: 20_000 },
      env: { KEEP_ALIVE_TIMEOUT: '1000' },
    })
    const spoke = new RawClient(service.port).get('/before')
    await spoke.responses(1)
    const silent = await new RawClient(service.port).connected()
    service.signal()
    expect(await spoke.ended()).toBe('end')
    expect(await silent.ended()).toBe('end')
    spoke.end()
    silent.end()
    expect(await service.exited).toEqual(gracefulEnd)
    expect(service.report['durationMs']).toBeLessThan(10_000)
  })

  test('one whose idle time is longer than the budget leaves the hooks their time', async () => {
    const service = await Service.start({
      options: { shutdownDelay: 100, timeout: 3_000 },
      env: { KEEP_ALIVE_TIMEOUT: '65000' },
      hooks: [{ name: 'pool', ms: 200, timeout: 1_000 }],
    })
    const client = new RawClient(service.port).get('/before')
    await client.responses(1)
    service.signal()
    expect(await client.ended()).toBe('end')
    client.end()
    expect(await service.exited).toEqual(gracefulEnd)
    expect(service.report['hooks']).toMatchObject([{ name: 'pool', outcome: 'done' }])
  })

  test('a head that is never completed is answered 408, and does not hold the exit beyond the budget', async () => {
    const service = await Service.start({ options: { shutdownDelay: 100, timeout: 2_000 } })
    const client = new RawClient(service.port).send('GET /never HTTP/1.1\r\nHo')
    await client.connected()
    await service.probe('/livez')
    service.signal()
    expect((await client.responses(1))[0]!.status).toBe(408)
    client.end()
    expect(await service.exited).toEqual(gracefulEnd)
  })
})

describe('after the lingering is over', () => {
  /** So long that the lingering is over when it ends, and short enough for the hook. */
  const path = '/stream?chunks=10&every=350'
  const options = { shutdownDelay: 100, timeout: 7_000 }
  const hooks = [{ name: 'pool', timeout: 4_000 }]
  /** A download whose head has gone out before the signal, and has promised to keep the connection. */
  const downloading = async (service: Service) => {
    const client = new RawClient(service.port).get(path)
    await client.receives('chunk 0')
    return client
  }

  test('a connection whose download ends is closed at once, and hooks run', async () => {
    const service = await Service.start({ options, hooks })
    const client = await downloading(service)
    service.signal()
    const [response] = await client.responses(1)
    expect(response).toMatchObject({ status: 200, headers: { connection: 'keep-alive' } })
    expect(response!.body).toMatch(/chunk 9\nend\n$/)
    expect(await client.ended()).toBe('end')
    client.end()
    expect(await service.exited).toEqual(gracefulEnd)
    expect(service.report).toMatchObject({ outcome: 'graceful', hooks: [{ name: 'pool', outcome: 'done' }] })
  })

  test('a head that is half there behind such a download is answered 408', async () => {
    const service = await Service.start({ options, hooks })
    const client = (await downloading(service)).send('GET /never HTTP/1.1\r\nHo')
    service.signal()
    expect((await client.responses(2)).map(({ status }) => status)).toEqual([200, 408])
    expect(await client.ended()).toBe('end')
    client.end()
    expect(await service.exited).toEqual(gracefulEnd)
    expect(service.report).toMatchObject({ outcome: 'graceful', hooks: [{ name: 'pool', outcome: 'done' }] })
  })
})
