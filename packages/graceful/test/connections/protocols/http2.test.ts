import { once } from 'node:events'
import { rmSync } from 'node:fs'
import { connect, type ClientHttp2Session } from 'node:http2'
import { afterAll, afterEach, describe, expect, test } from 'vitest'
import { certificate } from '../../harness/certificate.js'
import { RawClient } from '../../harness/raw-client.js'
import { killServices, Service } from '../../harness/service.js'

const { folder, ...tls } = certificate()
afterAll(() => rmSync(folder, { recursive: true }))
afterEach(killServices)

/** Sends a request. Returns the body of the response, or the code of an error. */
async function request(session: ClientHttp2Session, path: string, upload?: string): Promise<string> {
  return new Promise((resolve) => {
    const stream = session.request({ ':path': path, ':method': upload === undefined ? 'GET' : 'POST' })
    if (upload !== undefined) stream.end(upload)
    let body = ''
    stream.setEncoding('utf8')
    stream.on('data', (data: string) => (body += data))
    stream.on('end', () => resolve(body))
    stream.on('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message))
  })
}

describe.each([
  ['h2c', {}],
  ['h2', tls],
])('%s', (name, env) => {
  const open = (service: Service) => {
    const session = connect(`${name === 'h2' ? 'https' : 'http'}://127.0.0.1:${service.port}`, {
      rejectUnauthorized: false,
    })
    session.on('error', () => {})
    return session
  }
  const start = async (options: object, settings: { holdDelay?: true } = {}) =>
    Service.start({ fixture: 'http2.mjs', options, env, ...settings })

  test('sessions work through the delay, then get GOAWAY, and their open streams finish', async () => {
    const service = await start({}, { holdDelay: true })
    const session = open(service)
    const goAway = once(session, 'goaway') as Promise<[number, number]>
    const closed = once(session, 'close')
    expect(await request(session, '/before')).toBe('answer to /before')
    const slow = request(session, '/slow?ms=1000')
    await service.waitFor(({ handler }) => handler === '/slow?ms=1000')
    service.signal()
    await service.waitForState('lameDuck')
    expect(await request(session, '/in-the-delay')).toBe('answer to /in-the-delay')
    const fresh = open(service)
    expect(await request(fresh, '/fresh')).toBe('answer to /fresh')
    service.passDelay()

    const [code, last] = await goAway
    expect(code).toBe(0)
    expect(last).toBe(5)
    expect(await slow).toBe('answer to /slow?ms=1000')
    await closed
    expect(await service.exited).toEqual({ code: 0, signal: null })
  })

  test('an idle session and open server-sent events do not delay the exit', async () => {
    const service = await start({ shutdownDelay: 100, timeout: 100_000 })
    const idle = open(service)
    await request(idle, '/before')
    const events = request(open(service), '/events')
    await service.waitFor(({ handler }) => handler === '/events')
    service.signal()
    expect(await events).toBe('data: first\n\n')
    expect(await service.exited).toEqual({ code: 0, signal: null })
    expect(service.report['durationMs']).toBeLessThan(50_000)
  })

  test('the drain also ends server-sent events whose head is sent during the drain', async () => {
    const service = await start({ shutdownDelay: 100, timeout: 100_000 })
    const events = request(open(service), '/late-events')
    await service.waitFor(({ handler }) => handler === '/late-events')
    service.signal()
    expect(await events).toBe('data: first\n\n')
    expect(await service.exited).toEqual({ code: 0, signal: null })
    expect(service.report['durationMs']).toBeLessThan(50_000)
  })

  test.each([
    ['POST, compatibility API', {}, 'a body', true],
    ['POST, stream API', { STREAM_API: '1' }, 'a body', true],
    ['GET, stream API', { STREAM_API: '1' }, undefined, false],
    ['GET, a function keeps it', { EVENT_STREAMS: '1' }, undefined, true],
  ])('server-sent events finish or end: %s', async (_, more, upload, finishes) => {
    for (const afterSignal of [false, true]) {
      const options = { timeout: 100_000 }
      // oxlint-disable-next-line no-await-in-loop -- two services at a time would compete
      const service = await Service.start({ fixture: 'http2.mjs', holdDelay: true, options, env: { ...env, ...more } })
      if (afterSignal) {
        service.signal()
        await service.waitForState('lameDuck')
      }
      const tokens = request(open(service), '/tokens', upload)
      await service.waitFor(({ handler }) => handler === '/tokens')
      if (!afterSignal) {
        service.signal()
        await service.waitForState('lameDuck')
      }
      service.passDelay()
      expect(/^0 .* 14 \[DONE\]$/.test(await tokens)).toBe(finishes)
      expect(await service.exited).toEqual({ code: 0, signal: null })
    }
  })

  test('drainSignal notifies a request of the drain', async () => {
    const path = '/until-drain'
    const service = await start({ shutdownDelay: 300 })
    const stream = request(open(service), path, 'a body')
    await service.waitFor(({ handler }) => handler === path)
    service.signal()
    expect(await stream).toBe('first last')
    expect(await service.exited).toEqual({ code: 0, signal: null })
  })

  test('a client that keeps its side open after GOAWAY does not delay the exit until the deadline', async () => {
    const service = await start({ shutdownDelay: 100, timeout: 100_000 })
    const client = await new RawClient(service.port, { tls: name === 'h2', alpn: 'h2' }).connected()
    client.send('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0')
    const silent = await new RawClient(service.port, { tls: name === 'h2', alpn: 'h2' }).connected()
    await client.receives('\0\0\0\x04\x01')
    service.signal()
    expect(await service.exited).toEqual({ code: 0, signal: null })
    expect(service.report['durationMs']).toBeLessThan(50_000)
    for (const one of [client, silent]) one.destroy()
  })

  test('a stream without a response is cut at the deadline, and the report names it', async () => {
    const service = await start({ shutdownDelay: 100, timeout: 1_000 })
    const session = open(service)
    void request(session, '/hang')
    const closed = once(session, 'close')
    await service.waitFor(({ handler }) => handler === '/hang')
    service.signal()
    expect(await service.exited).toEqual({ code: 1, signal: null })
    expect(service.report).toMatchObject({
      forced: [
        {
          kind: 'http2',
          phase: 'request',
          method: 'GET',
          path: '/hang',
          ageMs: expect.any(Number),
          peer: expect.stringMatching(/^127/),
        },
      ],
    })
    await closed
  })
})

test('HTTP/1.1 connections on the port of h2 are drained as HTTP/1.1', async () => {
  const service = await Service.start({ fixture: 'http2.mjs', options: { shutdownDelay: 300 }, env: tls })
  const client = await new RawClient(service.port, { tls: true }).connected()
  client.get('/before')
  await client.responses(1)
  service.signal()
  await service.waitForState('draining')
  client.get('/lingering')
  expect((await client.responses(2))[1]).toMatchObject({
    body: 'answer to /lingering',
    headers: { connection: 'close' },
  })
  client.end()
  expect(await service.exited).toEqual({ code: 0, signal: null })
})
