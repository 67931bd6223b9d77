import { afterEach, describe, expect, test } from 'vitest'
import { RawClient } from './harness/raw-client.js'
import { killServices, Service } from './harness/service.js'

afterEach(killServices)

const moment = async () => new Promise<false>((resolve) => void setTimeout(resolve, 3, false))
const requests = (paths: string[]) => paths.map((path) => `GET ${path} HTTP/1.1\r\nHost: fixture\r\n\r\n`).join('')

/** The clean end, asserted by every test whose clients were all served. */
const gracefulEnd = { code: 0, signal: null }

describe('the lame duck', () => {
  test('fails readiness, keeps liveness, and serves new and open connections', async () => {
    const service = await Service.start({ options: { shutdownDelay: 800 } })
    expect((await service.probe('/readyz')).status).toBe(200)
    const open = await new RawClient(service.port).connected()
    open.get('/before')
    expect((await open.responses(1))[0]!.headers['connection']).toBe('keep-alive')

    service.signal()
    await service.state('lameDuck')
    expect((await service.probe('/readyz')).status).toBe(503)
    expect((await service.probe('/livez')).status).toBe(200)
    expect((await service.probe('/startupz')).status).toBe(200)

    const fresh = new RawClient(service.port).get('/fresh')
    open.get('/on-open')
    for (const [client, path, count] of [
      [fresh, '/fresh', 1],
      [open, '/on-open', 2],
    ] as const) {
      const last = (await client.responses(count)).at(-1)!
      expect(last).toMatchObject({ status: 200, body: `answer to ${path}`, headers: { connection: 'close' } })
      expect(await client.ended()).toBe('end')
      client.end()
    }
    expect(await service.exited).toEqual(gracefulEnd)
    expect(service.report).toMatchObject({ outcome: 'graceful', requestsAfterSignal: 2, connectionsAfterSignal: 1 })
  })

  test('liveness stays 200 while hooks run', async () => {
    const service = await Service.start({ options: { shutdownDelay: 0 }, hooks: [{ name: 'slow', ms: 500 }] })
    service.signal()
    await service.tells(({ hook }) => hook === 'slow')
    expect((await service.probe('/livez')).status).toBe(200)
    expect((await service.probe('/readyz')).status).toBe(503)
    expect(await service.exited).toEqual(gracefulEnd)
  })

  test('refuses new connections once the delay is over, and never resets one that it accepted', async () => {
    const service = await Service.start({ options: { shutdownDelay: 400 } })
    service.signal()
    // Bursts, so that there is something in the backlog at whatever moment the listener closes.
    const ends: Promise<string>[] = []
    const one = async () => {
      const client = new RawClient(service.port).get('/one')
      const [response] = await client.responses(1)
      client.destroy()
      return response?.body ?? client.closed!
    }
    const over = service.exited.then(() => true)
    do for (let count = 0; count < 25; count++) ends.push(one())
    while (!(await Promise.race([over, moment()])))
    const counts: Record<string, number> = {}
    for (const end of await Promise.all(ends)) counts[end] = (counts[end] ?? 0) + 1
    expect(counts).toEqual({ 'answer to /one': expect.any(Number), ECONNREFUSED: expect.any(Number) })
    expect(counts['answer to /one']).toBeGreaterThan(100)
  })
})

describe('pipelining', () => {
  test('requests sent in one write before the signal are all answered, by handlers that finish after it', async () => {
    const service = await Service.start()
    const paths = ['/slow?ms=400&n=1', '/slow?ms=200&n=2', '/slow?ms=600&n=3']
    const client = new RawClient(service.port).send(requests(paths))
    await service.tells(({ handler }) => handler === paths[2])
    service.signal()
    const responses = await client.responses(3)
    expect(responses.map(({ body }) => body)).toEqual(['slow 1', 'slow 2', 'slow 3'])
    expect(responses.map(({ headers }) => headers['connection'])).toEqual(['keep-alive', 'keep-alive', 'close'])
    expect(await client.ended()).toBe('end')
    client.end()
    expect(await service.exited).toEqual(gracefulEnd)
  })

  test('requests sent in one write after the signal are all answered, and only the last says close', async () => {
    const service = await Service.start({ options: { shutdownDelay: 600 } })
    service.signal()
    await service.state('lameDuck')
    const client = new RawClient(service.port).send(requests(['/1', '/2', '/slow?ms=100&n=3', '/4', '/5']))
    const responses = await client.responses(5)
    expect(responses.map(({ body }) => body)).toEqual([
      'answer to /1',
      'answer to /2',
      'slow 3',
      'answer to /4',
      'answer to /5',
    ])
    expect(responses.map(({ headers }) => headers['connection'])).toEqual([
      ...Array<string>(4).fill('keep-alive'),
      'close',
    ])
    client.end()
    expect(await service.exited).toEqual(gracefulEnd)
  })

  test('a request that comes while an earlier one is still being handled is answered', async () => {
    const service = await Service.start({ options: { shutdownDelay: 200 } })
    const client = new RawClient(service.port).get('/slow?ms=700&n=1')
    await service.tells(({ handler }) => handler === '/slow?ms=700&n=1')
    service.signal()
    await service.state('draining')
    client.get('/second')
    const responses = await client.responses(2)
    expect(responses.map(({ body }) => body)).toEqual(['slow 1', 'answer to /second'])
    expect(responses[1]!.headers['connection']).toBe('close')
    client.end()
    expect(await service.exited).toEqual(gracefulEnd)
  })

  test('a head that is half there when the response before it is written is waited for', async () => {
    const service = await Service.start({ options: { shutdownDelay: 200 } })
    const client = new RawClient(service.port).send(`${requests(['/slow?ms=500&n=1'])}GET /half HTT`)
    await service.tells(({ handler }) => handler === '/slow?ms=500&n=1')
    service.signal()
    expect((await client.responses(1))[0]!.headers['connection']).toBe('keep-alive')
    client.send('P/1.1\r\nHost: fixture\r\n\r\n')
    expect((await client.responses(2))[1]).toMatchObject({ body: 'answer to /half', headers: { connection: 'close' } })
    client.end()
    expect(await service.exited).toEqual(gracefulEnd)
  })

  test('what arrives after a response that said close is not executed', async () => {
    const service = await Service.start({ options: { shutdownDelay: 800 } })
    service.signal()
    await service.state('lameDuck')
    const client = new RawClient(service.port).get('/first')
    await client.responses(1)
    client.get('/after-close')
    client.end()
    expect(await client.ended()).toBe('end')
    expect(await service.exited).toEqual(gracefulEnd)
    expect(service.handlersRun('/first')).toBe(1)
    expect(service.handlersRun('/after-close')).toBe(0)
  })
})

describe('what is half there at the signal', () => {
  test('half-sent headers are completed and answered, in the lame duck and in the drain', async () => {
    const service = await Service.start({ options: { shutdownDelay: 300 } })
    const clients = [1, 2].map(() => new RawClient(service.port).send('GET /half HTTP/1.1\r\nHo'))
    await Promise.all(clients.map(async (client) => client.connected()))
    await service.probe('/livez')
    service.signal()
    await service.state('lameDuck')
    clients[0]!.send('st: fixture\r\n\r\n')
    await service.state('draining')
    clients[1]!.send('st: fixture\r\n\r\n')
    for (const client of clients) {
      expect((await client.responses(1))[0]).toMatchObject({ status: 200, body: 'answer to /half' })
      client.end()
    }
    expect(await service.exited).toEqual(gracefulEnd)
  })

  test('a slow upload across the signal is received whole and answered', async () => {
    const service = await Service.start({ options: { shutdownDelay: 100 } })
    const client = new RawClient(service.port).send(
      'POST /upload HTTP/1.1\r\nHost: fixture\r\nContent-Length: 100000\r\n\r\n',
    )
    await service.tells(({ handler }) => handler === '/upload')
    service.signal()
    await service.state('draining')
    for (let part = 0; part < 10; part++) {
      client.send('x'.repeat(10_000))
      await new Promise((resolve) => void setTimeout(resolve, 30))
    }
    expect((await client.responses(1))[0]).toMatchObject({ body: 'received 100000', headers: { connection: 'close' } })
    client.end()
    expect(await service.exited).toEqual(gracefulEnd)
  })

  test('Expect: 100-continue is continued and answered', async () => {
    const service = await Service.start({ options: { shutdownDelay: 400 } })
    service.signal()
    await service.state('lameDuck')
    const client = new RawClient(service.port)
    client.send('POST /upload HTTP/1.1\r\nHost: fixture\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n')
    await client.receives('100 Continue')
    client.send('hello')
    expect((await client.responses(2))[1]).toMatchObject({ status: 200, body: 'received 5' })
    client.end()
    expect(await service.exited).toEqual(gracefulEnd)
  })

  test('an upload that is answered before it is read does not reset the answer away', async () => {
    const service = await Service.start({ options: { shutdownDelay: 800 } })
    service.signal()
    await service.state('lameDuck')
    const client = new RawClient(service.port)
    client.send('POST /refuse-upload HTTP/1.1\r\nHost: fixture\r\nContent-Length: 5000000\r\n\r\n')
    await service.tells(({ handler }) => handler === '/refuse-upload')
    expect((await client.responses(1))[0]).toMatchObject({ status: 413, body: 'too large' })
    expect(await client.ended()).toBe('end')
    // Still sending, as a client that reads the answer only when it has sent everything: a reset would take the answer away.
    for (let part = 0; part < 20; part++) {
      client.send('x'.repeat(100_000))
      await new Promise((resolve) => void setTimeout(resolve, 5))
    }
    expect(client.error).toBe(undefined)
    client.end()
    expect(await service.exited).toEqual(gracefulEnd)
  })

  test('a stream whose head was sent before the signal is delivered to its end', async () => {
    const service = await Service.start({ options: { shutdownDelay: 100 } })
    const client = new RawClient(service.port).get('/stream?chunks=8&every=100')
    await client.receives('chunk 0')
    service.signal()
    const [response] = await client.responses(1)
    expect(response!.body.trim().split('\n')).toHaveLength(9)
    expect(response!.body).toMatch(/end\n$/)
    client.end()
    expect(await service.exited).toEqual(gracefulEnd)
  })

  test('a large response to a client that reads slowly is flushed before its socket closes', async () => {
    const service = await Service.start({ options: { shutdownDelay: 100, timeout: 20_000 } })
    const client = await new RawClient(service.port).connected()
    client.pause()
    client.get('/large?bytes=12000000')
    await service.tells(({ handler }) => handler === '/large?bytes=12000000')
    service.signal()
    await service.state('draining')
    await new Promise((resolve) => void setTimeout(resolve, 1_500))
    client.resume()
    expect((await client.responses(1))[0]!.body).toHaveLength(12_000_000)
    client.end()
    expect(await service.exited).toEqual(gracefulEnd)
  })
})

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

  test('an application that insists on keep-alive is overruled', async () => {
    const service = await Service.start({ options: { shutdownDelay: 600 } })
    service.signal()
    await service.state('lameDuck')
    const client = new RawClient(service.port).get('/keep-alive')
    expect((await client.responses(1))[0]!.headers['connection']).toBe('close')
    client.end()
    expect(await service.exited).toEqual(gracefulEnd)
  })

  test('server-sent events that do not listen are ended at the start of the drain, whole', async () => {
    const service = await Service.start()
    const client = new RawClient(service.port).get('/busy-events')
    await client.receives('first')
    service.signal()
    const [response] = await client.responses(1)
    expect(response!.body).toMatch(/^data: first\n\n(data: next\n\n)*$/)
    client.end()
    expect(await service.exited).toEqual(gracefulEnd)
  })

  test('server-sent events that are to finish are left to the deadline', async () => {
    const service = await Service.start({ options: { eventStreams: 'finish', timeout: 1_500 } })
    const client = new RawClient(service.port).get('/busy-events')
    await client.receives('first')
    service.signal()
    expect(await service.exited).toEqual({ code: 1, signal: null })
    expect(service.report).toMatchObject({ forced: [{ phase: 'response', path: '/busy-events' }] })
  })

  test('a stream that listens for the drain ends by itself', async () => {
    const service = await Service.start()
    const client = new RawClient(service.port).get('/until-drain')
    await client.receives('first')
    service.signal()
    expect((await client.responses(1))[0]!.body).toBe('first\nlast\n')
    client.end()
    expect(await service.exited).toEqual(gracefulEnd)
  })
})
