import { once } from 'node:events'
import { createServer, type Server, type Socket } from 'node:net'
import { afterEach, describe, expect, test } from 'vitest'
import { closeListener } from '../../../src/connections/closing/listener.js'
import type { OpenSockets } from '../../../src/connections/node/open-sockets.js'
import { FakeRuntime } from '../../harness/fake-runtime.js'
import { RawClient } from '../../harness/raw-client.js'
import { killServices, Service } from '../../harness/service.js'

const servers: Server[] = []
afterEach(() => {
  killServices()
  for (const server of servers.splice(0)) server.close()
})

/**
 * Runs `closeListener` under a flood: each of the first `turns` turns takes `turnMs` and accepts one more connection. Returns the
 * events in order.
 */
async function flooded(turns: number, { turnMs = 0, limit = 10_000 } = {}) {
  const server = createServer().listen(0, '127.0.0.1')
  servers.push(server)
  await once(server, 'listening')
  const events: string[] = []
  const handle = (server as unknown as { _handle: { listen(backlog: number): number } })._handle
  handle.listen = (backlog) => events.push(`backlog ${backlog}`)
  server.on('close', () => events.push('closed'))
  const sockets = { accepted: 0 }
  const accept = () => {
    sockets.accepted += 1
    const name = `connection ${sockets.accepted}`
    const readStop = () => events.push(`${name} paused`)
    const readStart = () => events.push(`${name} ${server.listening ? 'read' : 'read after the close'}`)
    server.emit('connection', { _handle: { readStop, readStart } } as unknown as Socket)
  }
  let turn = 0
  const runtime = new (class extends FakeRuntime {
    override now(): number {
      return turn * turnMs
    }
    override setImmediate(callback: () => void): void {
      super.setImmediate(() => {
        if (turn++ < turns) accept()
        callback()
      })
    }
  })()
  await runtime.complete(closeListener(server, sockets as OpenSockets, runtime, limit))
  return { server, events, accept, turns: turn }
}

test('the listener closes in the first turn without a new connection, and nothing is read before that', async () => {
  const { server, events, accept } = await flooded(3)
  expect(server.listening).toBe(false)
  expect(events.filter((event) => event !== 'closed')).toEqual([
    'connection 1 paused',
    'connection 2 paused',
    'connection 3 paused',
    'connection 1 read after the close',
    'connection 2 read after the close',
    'connection 3 read after the close',
  ])
  // No listener remains on the server.
  const before = events.length
  accept()
  expect(events.slice(before)).toEqual([])
})

test('a long flood reduces the backlog to the minimum, once, before the listener closes', async () => {
  const { server, events } = await flooded(300)
  expect(server.listening).toBe(false)
  expect(events.filter((event) => event.startsWith('backlog'))).toHaveLength(1)
  const cut = events.findIndex((event) => event.startsWith('backlog'))
  expect(events.slice(0, cut).every((event) => event.endsWith('paused'))).toBe(true)
  expect(events.filter((event) => event.endsWith('read after the close'))).toHaveLength(300)
})

test('an endless flood does not keep the listener open forever', async () => {
  const { server } = await flooded(Number.POSITIVE_INFINITY)
  expect(server.listening).toBe(false)
})

describe('a process that never has a short turn', () => {
  test('closes the listener, and does not reduce a backlog that is empty', async () => {
    const { server, events, turns } = await flooded(0, { turnMs: 20 })
    expect(server.listening).toBe(false)
    expect(turns).toBeLessThanOrEqual(25)
    expect(events).toEqual(['closed'])
  })

  test('accepts the backlog before that, one connection per turn', async () => {
    const { events, turns } = await flooded(40, { turnMs: 20 })
    expect(turns).toBe(41)
    expect(events.filter((event) => event.endsWith('read after the close'))).toHaveLength(40)
  })

  test('reduces the backlog under a flood, and closes the listener in any case', async () => {
    const { server, events, turns } = await flooded(Number.POSITIVE_INFINITY, { turnMs: 20 })
    expect(server.listening).toBe(false)
    expect(turns).toBeLessThanOrEqual(100)
    expect(events.findIndex((event) => event.startsWith('backlog'))).toBeLessThanOrEqual(4)
  })

  test('closes the listener by the deadline', async () => {
    const { server, turns } = await flooded(Number.POSITIVE_INFINITY, { turnMs: 20, limit: 200 })
    expect(server.listening).toBe(false)
    expect(turns).toBe(10)
  })

  test('exits at the deadline, even if a handler still computes', async () => {
    const service = await Service.start({ options: { shutdownDelay: 300, timeout: 600 } })
    const client = new RawClient(service.port).get('/compute?slices=200')
    await service.waitFor(({ handler }) => handler === '/compute?slices=200')
    service.signal()
    expect(await service.exited).toEqual({ code: 1, signal: null })
    expect(service.report).toMatchObject({ outcome: 'forced', forced: [{ phase: 'request', path: '/compute' }] })
    client.destroy()
  })

  test('changes from the delay to the drain while a handler computes in slices, and sends its response', async () => {
    const service = await Service.start({ holdDelay: true, options: { timeout: 100_000 } })
    const client = new RawClient(service.port).get('/compute?slices=25&drain')
    await service.waitFor(({ handler }) => handler === '/compute?slices=25&drain')
    service.signal()
    await service.waitForState('lameDuck')
    const fresh = new RawClient(service.port).get('/fresh')
    expect((await fresh.responses(1))[0]).toMatchObject({ status: 200, body: 'answer to /fresh' })
    service.passDelay()
    await service.waitForState('draining')
    expect(await new RawClient(service.port).ended()).toBe('ECONNREFUSED')
    expect((await client.responses(1))[0]).toMatchObject({ body: 'computed', headers: { connection: 'close' } })
    for (const one of [client, fresh]) one.end()
    expect(await service.exited).toEqual({ code: 0, signal: null })
    const order = service.messages.flatMap(({ state, computed }) => state ?? (computed && 'computed') ?? [])
    expect(order.slice(order.indexOf('lameDuck'))).toEqual([
      'lameDuck',
      'draining',
      'computed',
      'closing',
      'terminated',
    ])
  })
})
