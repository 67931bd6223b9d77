import { once } from 'node:events'
import { createServer, type Server, type Socket } from 'node:net'
import { afterEach, describe, expect, test } from 'vitest'
import { closeListener } from '../src/connections/closing/listener.js'
import type { OpenSockets } from '../src/connections/node/open-sockets.js'
import { FakeRuntime } from './harness/fake-runtime.js'
import { RawClient } from './harness/raw-client.js'
import { killServices, Service } from './harness/service.js'

const servers: Server[] = []
afterEach(() => {
  killServices()
  for (const server of servers.splice(0)) server.close()
})

/**
 * A listener under a flood: in each of so many turns, which take `turnMs` each, one more connection is accepted. What is done to it
 * is told in order.
 */
async function flooded(turns: number, { turnMs = 0, limit = 10_000 } = {}) {
  const server = createServer().listen(0, '127.0.0.1')
  servers.push(server)
  await once(server, 'listening')
  const done: string[] = []
  const handle = (server as unknown as { _handle: { listen(backlog: number): number } })._handle
  handle.listen = (backlog) => done.push(`backlog ${backlog}`)
  server.on('close', () => done.push('closed'))
  const tracker = { accepted: 0 }
  const accept = () => {
    tracker.accepted += 1
    const name = `connection ${tracker.accepted}`
    const readStop = () => done.push(`${name} held`)
    const readStart = () => done.push(`${name} ${server.listening ? 'read' : 'read after the close'}`)
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
  await runtime.complete(closeListener(server, tracker as OpenSockets, runtime, limit))
  return { server, done, accept, turns: turn }
}

test('the listener closes in the first turn in which nothing is accepted, and nothing is read before', async () => {
  const { server, done, accept } = await flooded(3)
  expect(server.listening).toBe(false)
  expect(done.filter((what) => what !== 'closed')).toEqual([
    'connection 1 held',
    'connection 2 held',
    'connection 3 held',
    'connection 1 read after the close',
    'connection 2 read after the close',
    'connection 3 read after the close',
  ])
  // Nothing is left on the server.
  const before = done.length
  accept()
  expect(done.slice(before)).toEqual([])
})

test('a flood that does not let up has the backlog cut to the shortest there is, once, before the listener closes', async () => {
  const { server, done } = await flooded(300)
  expect(server.listening).toBe(false)
  expect(done.filter((what) => what.startsWith('backlog'))).toHaveLength(1)
  const cut = done.findIndex((what) => what.startsWith('backlog'))
  expect(done.slice(0, cut).every((what) => what.endsWith('held'))).toBe(true)
  expect(done.filter((what) => what.endsWith('read after the close'))).toHaveLength(300)
})

test('a flood that never ends does not keep the listener open for ever', async () => {
  const { server } = await flooded(Number.POSITIVE_INFINITY)
  expect(server.listening).toBe(false)
})

describe('a process that never has a short turn', () => {
  test('closes the listener all the same, and cuts no backlog that is empty', async () => {
    const { server, done, turns } = await flooded(0, { turnMs: 20 })
    expect(server.listening).toBe(false)
    expect(turns).toBeLessThanOrEqual(25)
    expect(done).toEqual(['closed'])
  })

  test('accepts what is in the backlog before, one a turn', async () => {
    const { done, turns } = await flooded(40, { turnMs: 20 })
    expect(turns).toBe(41)
    expect(done.filter((what) => what.endsWith('read after the close'))).toHaveLength(40)
  })

  test('has the backlog cut under a flood, and closes the listener in any case', async () => {
    const { server, done, turns } = await flooded(Number.POSITIVE_INFINITY, { turnMs: 20 })
    expect(server.listening).toBe(false)
    expect(turns).toBeLessThanOrEqual(100)
    expect(done.findIndex((what) => what.startsWith('backlog'))).toBeLessThanOrEqual(4)
  })

  test('closes the listener by the deadline', async () => {
    const { server, turns } = await flooded(Number.POSITIVE_INFINITY, { turnMs: 20, limit: 200 })
    expect(server.listening).toBe(false)
    expect(turns).toBe(10)
  })

  test('ends at the deadline, and not when the computing does', async () => {
    const service = await Service.start({ options: { shutdownDelay: 300, timeout: 600 } })
    const client = new RawClient(service.port).get('/compute?slices=200')
    await service.tells(({ handler }) => handler === '/compute?slices=200')
    service.signal()
    expect(await service.exited).toEqual({ code: 1, signal: null })
    expect(service.report).toMatchObject({ outcome: 'forced', forced: [{ phase: 'request', path: '/compute' }] })
    client.destroy()
  })

  test('goes from the delay to the drain while a handler computes in slices, and answers it', async () => {
    const service = await Service.start({ options: { shutdownDelay: 300, timeout: 20_000 } })
    const client = new RawClient(service.port).get('/compute?slices=200')
    await service.tells(({ handler }) => handler === '/compute?slices=200')
    service.signal()
    await service.state('lameDuck')
    const fresh = new RawClient(service.port).get('/fresh')
    expect((await fresh.responses(1))[0]).toMatchObject({ status: 200, body: 'answer to /fresh' })
    await service.state('draining')
    expect(await new RawClient(service.port).ended()).toBe('ECONNREFUSED')
    expect((await client.responses(1))[0]).toMatchObject({ body: 'computed', headers: { connection: 'close' } })
    for (const one of [client, fresh]) one.end()
    expect(await service.exited).toEqual({ code: 0, signal: null })
    const order = service.told.flatMap(({ state, computed }) => state ?? (computed && 'computed') ?? [])
    expect(order.slice(order.indexOf('lameDuck'))).toEqual([
      'lameDuck',
      'draining',
      'computed',
      'closing',
      'terminated',
    ])
  })
})
