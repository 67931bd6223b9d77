import { afterEach, describe, expect, test } from 'vitest'
import { RawClient } from '../../harness/raw-client.js'
import { killServices, Service } from '../../harness/service.js'

afterEach(killServices)

/** Exit of a service that has served all its clients. */
const cleanExit = { code: 0, signal: null }

describe('idle connections', () => {
  test('an idle connection gets the response to a late request in the drain, with Connection: close', async () => {
    const service = await Service.start({ options: { shutdownDelay: 100 } })
    const client = new RawClient(service.port).get('/before')
    await client.responses(1)
    service.signal()
    await service.waitForState('draining')
    await new Promise((resolve) => void setTimeout(resolve, 1_000))
    client.get('/lingering')
    expect((await client.responses(2))[1]).toMatchObject({
      body: 'answer to /lingering',
      headers: { connection: 'close' },
    })
    client.end()
    expect(await service.exited).toEqual(cleanExit)
  })

  test('a silent connection is closed with a FIN after its idle time, and does not delay the exit until the deadline', async () => {
    const service = await Service.start({
      options: { shutdownDelay: 100, timeout: 100_000 },
      env: { KEEP_ALIVE_TIMEOUT: '1000' },
    })
    const used = new RawClient(service.port).get('/before')
    await used.responses(1)
    const silent = await new RawClient(service.port).connected()
    service.signal()
    expect(await used.ended()).toBe('end')
    expect(await silent.ended()).toBe('end')
    used.end()
    silent.end()
    expect(await service.exited).toEqual(cleanExit)
    expect(service.report['durationMs']).toBeLessThan(50_000)
  })

  test('an idle time longer than the budget leaves enough time for the hooks', async () => {
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
    expect(await service.exited).toEqual(cleanExit)
    expect(service.report['hooks']).toMatchObject([{ name: 'pool', outcome: 'done' }])
  })

  test('a head that stays incomplete gets 408, and does not delay the exit until the deadline', async () => {
    const service = await Service.start({ options: { shutdownDelay: 100, timeout: 2_000 } })
    const client = new RawClient(service.port).send('GET /never HTTP/1.1\r\nHo')
    await client.connected()
    await service.probe('/livez')
    service.signal()
    expect((await client.responses(1))[0]!.status).toBe(408)
    client.end()
    expect(await service.exited).toEqual(cleanExit)
  })
})

describe('after the end of the linger time', () => {
  /** The download ends 5 s after the signal. The linger time ends at 4.7 s, and open connections are cut for the hook at 5.4 s. */
  const path = '/stream?chunks=1&every=5000'
  const options = { shutdownDelay: 100, timeout: 10_000 }
  const hooks = [{ name: 'pool', timeout: 4_300 }]
  /** Starts a download. Its head is sent before the signal and promises to keep the connection open. */
  const downloading = async (service: Service) => {
    const client = new RawClient(service.port).get(path)
    await client.receives('chunk 0')
    return client
  }

  test('a connection is closed at once when its download ends, and hooks run', async () => {
    const service = await Service.start({ options, hooks })
    const client = await downloading(service)
    service.signal()
    const [response] = await client.responses(1)
    expect(response).toMatchObject({ status: 200, headers: { connection: 'keep-alive' } })
    expect(response!.body).toMatch(/chunk 0\nend\n$/)
    expect(await client.ended()).toBe('end')
    client.end()
    expect(await service.exited).toEqual(cleanExit)
    expect(service.report).toMatchObject({ outcome: 'graceful', hooks: [{ name: 'pool', outcome: 'done' }] })
  })

  test('an incomplete head behind such a download gets 408', async () => {
    const service = await Service.start({ options, hooks })
    const client = (await downloading(service)).send('GET /never HTTP/1.1\r\nHo')
    service.signal()
    expect((await client.responses(2)).map(({ status }) => status)).toEqual([200, 408])
    expect(await client.ended()).toBe('end')
    client.end()
    expect(await service.exited).toEqual(cleanExit)
    expect(service.report).toMatchObject({ outcome: 'graceful', hooks: [{ name: 'pool', outcome: 'done' }] })
  })
})
