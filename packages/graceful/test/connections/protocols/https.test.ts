import { rmSync } from 'node:fs'
import { afterAll, afterEach, describe, expect, test } from 'vitest'
import { certificate } from '../../harness/certificate.js'
import { RawClient } from '../../harness/raw-client.js'
import { killServices, Service } from '../../harness/service.js'

const { folder, ...env } = certificate()
afterAll(() => rmSync(folder, { recursive: true }))
afterEach(killServices)

const client = async (service: Service) => new RawClient(service.port, { tls: true }).connected()

describe('HTTPS', () => {
  test('pipelined requests, incomplete heads and idle connections are handled as without TLS', async () => {
    const service = await Service.start({ options: { shutdownDelay: 400 }, env })
    const idle = (await client(service)).get('/before')
    await idle.responses(1)
    const half = (await client(service)).send('GET /half HTTP/1.1\r\nHo')
    const pipelined = (await client(service)).get('/slow?ms=200&n=1').get('/slow?ms=700&n=2')
    await service.waitFor(({ handler }) => handler === '/slow?ms=700&n=2')
    service.signal()
    await service.waitForState('draining')
    half.send('st: fixture\r\n\r\n')
    idle.get('/lingering')
    expect((await half.responses(1))[0]).toMatchObject({ body: 'answer to /half', headers: { connection: 'close' } })
    expect((await idle.responses(2))[1]).toMatchObject({
      body: 'answer to /lingering',
      headers: { connection: 'close' },
    })
    expect((await pipelined.responses(2)).map(({ body }) => body)).toEqual(['slow 1', 'slow 2'])
    for (const one of [idle, half, pipelined]) {
      expect(await one.ended()).toBe('end')
      one.end()
    }
    expect(await service.exited).toEqual({ code: 0, signal: null })
  })

  test('connections without a handshake, or without data after it, do not delay the exit', async () => {
    const service = await Service.start({ options: { shutdownDelay: 100, timeout: 100_000 }, env })
    const bare = await new RawClient(service.port).connected()
    const silent = await client(service)
    service.signal()
    expect(await silent.ended()).toBe('end')
    silent.end()
    await bare.ended()
    bare.end()
    expect(await service.exited).toEqual({ code: 0, signal: null })
    expect(service.report['durationMs']).toBeLessThan(50_000)
  })

  test('a connection whose handshake starts in the lame duck gets a response', async () => {
    const service = await Service.start({ holdDelay: true, env })
    service.signal()
    await service.waitForState('lameDuck')
    const fresh = (await client(service)).get('/fresh')
    expect((await fresh.responses(1))[0]).toMatchObject({ body: 'answer to /fresh', headers: { connection: 'close' } })
    fresh.end()
    service.passDelay()
    expect(await service.exited).toEqual({ code: 0, signal: null })
  })
})
