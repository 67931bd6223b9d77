import { once } from 'node:events'
import { rmSync } from 'node:fs'
import { connect, type ClientHttp2Session } from 'node:http2'
import { afterAll, afterEach, describe, expect, test } from 'vitest'
import { certificate } from './harness/certificate.js'
import { RawClient } from './harness/raw-client.js'
import { killServices, Service } from './harness/service.js'

const { folder, ...tls } = certificate()
afterAll(() => rmSync(folder, { recursive: true }))
afterEach(killServices)

/** The body of the answer, or the error's code. */
async function request(session: ClientHttp2Session, path: string): Promise<string> {
  return new Promise((resolve) => {
    const stream = session.request({ ':path': path })
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
  const start = async (options: object) => Service.start({ fixture: 'http2.mjs', options, env })

  test('sessions are served through the delay, then told to go, and what they had begun is finished', async () => {
    const service = await start({ shutdownDelay: 400 })
    const session = open(service)
    const goAway = once(session, 'goaway') as Promise<[number, number]>
    const closed = once(session, 'close')
    expect(await request(session, '/before')).toBe('answer to /before')
    const slow = request(session, '/slow?ms=1000')
    await service.tells(({ handler }) => handler === '/slow?ms=1000')
    service.signal()
    await service.state('lameDuck')
    expect(await request(session, '/in-the-delay')).toBe('answer to /in-the-delay')
    const fresh = open(service)
    expect(await request(fresh, '/fresh')).toBe('answer to /fresh')

    const [code, last] = await goAway
    expect(code).toBe(0)
    expect(last).toBe(5)
    expect(await slow).toBe('answer to /slow?ms=1000')
    await closed
    expect(await service.exited).toEqual({ code: 0, signal: null })
  })

  test('an idle session and open server-sent events do not hold the exit', async () => {
    const service = await start({ shutdownDelay: 100, timeout: 20_000 })
    const idle = open(service)
    await request(idle, '/before')
    const events = request(open(service), '/events')
    await service.tells(({ handler }) => handler === '/events')
    service.signal()
    expect(await events).toBe('data: first\n\n')
    expect(await service.exited).toEqual({ code: 0, signal: null })
    expect(service.report['durationMs']).toBeLessThan(10_000)
  })

  test('a hung stream is named and cut at the deadline', async () => {
    const service = await start({ shutdownDelay: 100, timeout: 1_000 })
    const session = open(service)
    void request(session, '/hang')
    const closed = once(session, 'close')
    await service.tells(({ handler }) => handler === '/hang')
    service.signal()
    expect(await service.exited).toEqual({ code: 1, signal: null })
    expect(service.report).toMatchObject({
      forced: [{ kind: 'http2', phase: 'request', method: 'GET', path: '/hang' }],
    })
    await closed
  })
})

test('HTTP/1.1 beside h2 on one port is drained as HTTP/1.1', async () => {
  const service = await Service.start({ fixture: 'http2.mjs', options: { shutdownDelay: 300 }, env: tls })
  const client = await new RawClient(service.port, { tls: true }).connected()
  client.get('/before')
  await client.responses(1)
  service.signal()
  await service.state('draining')
  client.get('/lingering')
  expect((await client.responses(2))[1]).toMatchObject({
    body: 'answer to /lingering',
    headers: { connection: 'close' },
  })
  client.end()
  expect(await service.exited).toEqual({ code: 0, signal: null })
})
