import { afterEach, describe, expect, test } from 'vitest'
import { RawClient } from '../../harness/raw-client.js'
import { killServices, Service } from '../../harness/service.js'

afterEach(killServices)

/** Exit of a service that has served all its clients. */
const cleanExit = { code: 0, signal: null }

describe('responses that are in flight at the signal', () => {
  test('a stream whose head was sent before the signal is delivered completely', async () => {
    const service = await Service.start({ options: { shutdownDelay: 100 } })
    const client = new RawClient(service.port).get('/stream?chunks=8&every=100')
    await client.receives('chunk 0')
    service.signal()
    const [response] = await client.responses(1)
    expect(response!.body.trim().split('\n')).toHaveLength(9)
    expect(response!.body).toMatch(/end\n$/)
    client.end()
    expect(await service.exited).toEqual(cleanExit)
  })

  test('a large response to a client that reads slowly is flushed before its socket closes', async () => {
    const service = await Service.start({ options: { shutdownDelay: 100, timeout: 20_000 } })
    const client = await new RawClient(service.port).connected()
    client.pause()
    client.get('/large?bytes=12000000')
    await service.waitFor(({ handler }) => handler === '/large?bytes=12000000')
    service.signal()
    await service.waitForState('draining')
    await new Promise((resolve) => void setTimeout(resolve, 1_500))
    client.resume()
    // The client parses what it has received at each call.
    while (client.closed === undefined && client.received.length < 12_000_000) {
      // oxlint-disable-next-line no-await-in-loop -- each round waits for more
      await new Promise((resolve) => void setTimeout(resolve, 20))
    }
    expect((await client.responses(1))[0]!.body).toHaveLength(12_000_000)
    client.end()
    expect(await service.exited).toEqual(cleanExit)
  })

  test('Connection: close replaces the keep-alive header of the application', async () => {
    const service = await Service.start({ holdDelay: true })
    service.signal()
    await service.waitForState('lameDuck')
    for (const path of ['/keep-alive', '/pairs']) {
      const client = new RawClient(service.port).get(path)
      expect((await client.responses(1))[0]).toMatchObject({
        status: 200,
        body: 'ok',
        headers: { connection: 'close' },
      })
      client.end()
    }
    service.passDelay()
    expect(await service.exited).toEqual(cleanExit)
  })

  test('the drain ends server-sent events after a complete event', async () => {
    const service = await Service.start()
    const client = new RawClient(service.port).get('/busy-events')
    await client.receives('first')
    service.signal()
    const [response] = await client.responses(1)
    expect(response!.body).toMatch(/^data: first\n\n(data: next\n\n)*$/)
    client.end()
    expect(await service.exited).toEqual(cleanExit)
  })

  test('server-sent events in a response to POST are delivered completely', async () => {
    const service = await Service.start({ options: { shutdownDelay: 100 } })
    const client = new RawClient(service.port).send(
      'POST /tokens HTTP/1.1\r\nHost: fixture\r\nContent-Length: 0\r\n\r\n',
    )
    await client.receives('data: 0')
    service.signal()
    expect((await client.responses(1))[0]!.body).toMatch(/^(data: \d+\n\n){15}data: \[DONE\]\n\n$/)
    client.end()
    expect(await service.exited).toEqual(cleanExit)
  })

  test('a function decides which server-sent events end', async () => {
    const service = await Service.start({ env: { EVENT_STREAMS: 'path' } })
    const [tokens, feed] = ['/tokens', '/busy-events'].map((path) => new RawClient(service.port).get(path))
    await tokens!.receives('data: 0')
    await feed!.receives('first')
    service.signal()
    expect((await feed!.responses(1))[0]!.body).toMatch(/^data: first\n\n(data: next\n\n)*$/)
    expect((await tokens!.responses(1))[0]!.body).toContain('[DONE]')
    for (const client of [tokens!, feed!]) client.end()
    expect(await service.exited).toEqual(cleanExit)
  })

  test.each([
    ['throws', 'threw: test error'],
    ['nothing', "returned neither 'close' nor 'wait'"],
  ])('the function fails (%s): the events finish, and the log names the error once', async (fault, text) => {
    const service = await Service.start({ env: { EVENT_STREAMS: fault } })
    const clients = [1, 2].map(() => new RawClient(service.port).get('/tokens'))
    for (const client of clients) await client.receives('data: 0')
    service.signal()
    for (const client of clients) {
      expect((await client.responses(1))[0]!.body).toContain('[DONE]')
      client.end()
    }
    expect(await service.exited).toEqual(cleanExit)
    expect(service.messages.filter(({ message }) => String(message).includes(text))).toHaveLength(1)
  })

  test('eventStreams: wait leaves server-sent events open until the deadline', async () => {
    const service = await Service.start({ options: { eventStreams: 'wait', timeout: 1_500 } })
    const client = new RawClient(service.port).get('/busy-events')
    await client.receives('first')
    service.signal()
    expect(await service.exited).toEqual({ code: 1, signal: null })
    expect(service.report).toMatchObject({ forced: [{ phase: 'response', path: '/busy-events' }] })
  })

  test('a stream that listens for the drain can end its response', async () => {
    const service = await Service.start()
    const client = new RawClient(service.port).get('/until-drain')
    await client.receives('first')
    service.signal()
    expect((await client.responses(1))[0]!.body).toBe('first\nlast\n')
    client.end()
    expect(await service.exited).toEqual(cleanExit)
  })
})
