import { once } from 'node:events'
import { afterEach, describe, expect, test } from 'vitest'
import { WebSocket } from 'ws'
import { RawClient } from '../../harness/raw-client.js'
import { killServices, Service } from '../../harness/service.js'

afterEach(killServices)

const fixture = 'web-socket.mjs'
const open = async (service: Service) => {
  const client = new WebSocket(`ws://127.0.0.1:${service.port}/ws`)
  await once(client, 'open')
  return client
}
const upgrade = 'Connection: Upgrade\r\nUpgrade: own\r\n'
const handshake =
  'Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n'

describe('WebSockets', () => {
  test('work through the delay and get close code 1001 in the drain; exit code 0', async () => {
    const service = await Service.start({ fixture, holdDelay: true, options: { timeout: 20_000 } })
    const clients = await Promise.all(Array.from({ length: 20 }, async () => open(service)))
    const closes = clients.map((client) => once(client, 'close') as Promise<[number, Buffer]>)
    service.signal()
    await service.waitForState('lameDuck')
    const late = await open(service)
    const lateClose = once(late, 'close') as Promise<[number, Buffer]>
    late.send('hello')
    const [data] = (await once(late, 'message')) as [Buffer]
    expect(data.toString()).toBe('echo hello')
    service.passDelay()
    for (const close of [...closes, lateClose]) expect((await close)[0]).toBe(1001)
    expect(await service.exited).toEqual({ code: 0, signal: null })
  })

  test('a client that never answers the close frame is terminated at the end of the linger time', async () => {
    const service = await Service.start({ fixture, options: { shutdownDelay: 100, timeout: 2_000 } })
    const unresponsive = new RawClient(service.port).get('/ws', handshake)
    await unresponsive.receives('101 Switching')
    service.signal()
    await unresponsive.receives('\x88')
    expect(await service.exited).toEqual({ code: 0, signal: null })
  })

  test('a WebSocket that opens in the drain, on a lingering connection, gets its close frame at once', async () => {
    const service = await Service.start({ fixture, options: { shutdownDelay: 100 }, env: { SAY_GOODBYE: '1' } })
    const [idle, slow] = [new RawClient(service.port).get('/'), new RawClient(service.port).get('/slow')]
    await idle.responses(1)
    service.signal()
    await service.waitForState('draining')
    idle.get('/ws', handshake)
    await idle.receives('\x88')
    expect(idle.received).not.toContain('goodbye')
    idle.destroy()
    expect((await slow.responses(1))[0]!.body).toBe('slow')
    slow.end()
    expect(await service.exited).toEqual({ code: 0, signal: null })
  })
})

describe('another protocol', () => {
  test('can use the drain signal of its request', async () => {
    const service = await Service.start({ fixture, options: { shutdownDelay: 100 } })
    const client = new RawClient(service.port).get('/until-drain', upgrade)
    await client.receives('101 Switching')
    service.signal()
    await client.receives('goodbye')
    client.end()
    expect(await service.exited).toEqual({ code: 0, signal: null })
  })

  test('that starts in the drain, on a lingering connection, is passed to closeUpgraded', async () => {
    const service = await Service.start({ fixture, options: { shutdownDelay: 100 }, env: { SAY_GOODBYE: '1' } })
    const [idle, slow] = [new RawClient(service.port).get('/'), new RawClient(service.port).get('/slow')]
    await idle.responses(1)
    service.signal()
    await service.waitForState('draining')
    idle.get('/own', upgrade)
    await idle.receives('goodbye')
    expect((await slow.responses(1))[0]!.body).toBe('slow')
    for (const client of [idle, slow]) client.end()
    expect(await service.exited).toEqual({ code: 0, signal: null })
  })

  test('starts after the response to the request before it on the connection', async () => {
    const service = await Service.start({ fixture, holdDelay: true, env: { SAY_GOODBYE: '1' } })
    service.signal()
    await service.waitForState('lameDuck')
    const client = new RawClient(service.port).send(
      `GET / HTTP/1.1\r\nHost: fixture\r\n\r\nGET /own HTTP/1.1\r\nHost: fixture\r\n${upgrade}\r\n`,
    )
    await client.receives('101 Switching')
    service.passDelay()
    await client.receives('goodbye')
    expect(client.received).toMatch(/^HTTP\/1\.1 200 OK[^]*ok\r?\n?[^]*HTTP\/1\.1 101[^]*goodbye$/)
    client.end()
    expect(await service.exited).toEqual({ code: 0, signal: null })
  })

  test('does not start after a response with Connection: close, and causes no crash', async () => {
    const service = await Service.start({ fixture, holdDelay: true })
    service.signal()
    await service.waitForState('lameDuck')
    const client = new RawClient(service.port).get('/')
    expect((await client.responses(1))[0]!.headers['connection']).toBe('close')
    expect(await client.ended()).toBe('end')
    client.get('/own', upgrade)
    service.passDelay()
    expect(await service.exited).toEqual({ code: 0, signal: null })
    expect(service.messages.some(({ upgraded }) => upgraded !== undefined)).toBe(false)
    expect(service.report).toMatchObject({ outcome: 'graceful' })
  })

  test('is passed to closeUpgraded, which ends it', async () => {
    const service = await Service.start({ fixture, options: { shutdownDelay: 100 }, env: { SAY_GOODBYE: '1' } })
    const client = new RawClient(service.port).get('/own', upgrade)
    await client.receives('101 Switching')
    service.signal()
    await client.receives('goodbye')
    client.end()
    expect(await service.exited).toEqual({ code: 0, signal: null })
  })

  test('is destroyed at the deadline without closeUpgraded, and the report names it', async () => {
    const service = await Service.start({ fixture, options: { shutdownDelay: 100, timeout: 1_000 } })
    const client = new RawClient(service.port).get('/own', upgrade)
    await client.receives('101 Switching')
    service.signal()
    expect(await service.exited).toEqual({ code: 1, signal: null })
    expect(service.report).toMatchObject({ forced: [{ kind: 'upgraded', phase: 'upgraded' }] })
  })
})
