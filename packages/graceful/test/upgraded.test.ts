import { once } from 'node:events'
import { afterEach, describe, expect, test } from 'vitest'
import { WebSocket } from 'ws'
import { RawClient } from './harness/raw-client.js'
import { killServices, Service } from './harness/service.js'

afterEach(killServices)

const fixture = 'web-socket.mjs'
const open = async (service: Service) => {
  const client = new WebSocket(`ws://127.0.0.1:${service.port}/ws`)
  await once(client, 'open')
  return client
}
const upgrade = 'Connection: Upgrade\r\nUpgrade: own\r\n'

describe('WebSockets', () => {
  test('work through the delay, are sent 1001 in the drain, and end with the exit 0', async () => {
    const service = await Service.start({ fixture, options: { shutdownDelay: 400 } })
    const clients = await Promise.all(Array.from({ length: 20 }, async () => open(service)))
    const closes = clients.map((client) => once(client, 'close') as Promise<[number, Buffer]>)
    service.signal()
    await service.state('lameDuck')
    const late = await open(service)
    const lateClose = once(late, 'close') as Promise<[number, Buffer]>
    late.send('hello')
    const [data] = (await once(late, 'message')) as [Buffer]
    expect(data.toString()).toBe('echo hello')
    for (const close of [...closes, lateClose]) expect((await close)[0]).toBe(1001)
    expect(await service.exited).toEqual({ code: 0, signal: null })
  })

  test('one that never echoes is terminated when the lingering ends, having been told', async () => {
    const service = await Service.start({ fixture, options: { shutdownDelay: 100, timeout: 2_000 } })
    const key =
      'Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n'
    const mute = new RawClient(service.port).get('/ws', key)
    await mute.receives('101 Switching')
    service.signal()
    await mute.receives('\x88')
    expect(await service.exited).toEqual({ code: 0, signal: null })
  })
})

describe('another protocol', () => {
  test('is handed to the application, which says goodbye', async () => {
    const service = await Service.start({ fixture, options: { shutdownDelay: 100 }, env: { SAY_GOODBYE: '1' } })
    const client = new RawClient(service.port).get('/own', upgrade)
    await client.receives('101 Switching')
    service.signal()
    await client.receives('goodbye')
    client.end()
    expect(await service.exited).toEqual({ code: 0, signal: null })
  })

  test('is named and destroyed at the deadline where nobody says goodbye', async () => {
    const service = await Service.start({ fixture, options: { shutdownDelay: 100, timeout: 1_000 } })
    const client = new RawClient(service.port).get('/own', upgrade)
    await client.receives('101 Switching')
    service.signal()
    expect(await service.exited).toEqual({ code: 1, signal: null })
    expect(service.report).toMatchObject({ forced: [{ kind: 'upgraded', phase: 'upgraded' }] })
  })
})
