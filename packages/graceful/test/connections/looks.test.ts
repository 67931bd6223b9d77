import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import { connect, type AddressInfo, type Socket } from 'node:net'
import { setImmediate } from 'node:timers/promises'
import { Registry } from 'prom-client'
import { afterEach, expect, test } from 'vitest'
import { createGracefulWith } from '../../src/graceful.js'
import { FakeRuntime } from '../harness/fake-runtime.js'

const clients: Socket[] = []
afterEach(() => {
  for (const client of clients.splice(0)) client.destroy()
})

const SILENT = ''
const HALF_SENT = 'GET / HTTP/1.1\r\nHost'
/** Connections of each kind. */
const COUNT = 150

/** Counts the calls of Node's list of the connections that receive a message. Each call costs time for every one of them. */
function countListCalls(server: Server): () => number {
  const symbol = Object.getOwnPropertySymbols(server).find(
    ({ description }) => description === 'http.server.connections',
  )!
  const list = (server as unknown as Record<symbol, { active(): unknown[] }>)[symbol]!
  const active = list.active.bind(list)
  let calls = 0
  list.active = () => {
    calls += 1
    return active()
  }
  return () => {
    const counted = calls
    calls = 0
    return counted
  }
}

async function start() {
  const runtime = new FakeRuntime()
  const registry = new Registry()
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const graceful = createGracefulWith(runtime, server, {
    admin: false,
    logger: false,
    shutdownDelay: 1_000,
    timeout: 10_000,
    metrics: { registry },
  })
  const { port } = server.address() as AddressInfo
  for (const head of [SILENT, HALF_SENT]) {
    for (let index = 0; index < COUNT; index++) {
      const client = connect(port, '127.0.0.1')
      client.on('error', () => {})
      client.write(head)
      clients.push(client)
    }
  }
  const phases = () => {
    const counts: Record<string, number> = {}
    for (const { phase } of graceful.connections()) counts[phase] = (counts[phase] ?? 0) + 1
    return counts
  }
  await expect.poll(phases).toEqual({ silent: COUNT, head: COUNT })
  return { runtime, registry, graceful, calls: countListCalls(server) }
}

test('a look at all connections asks Node once for those that receive a message', async () => {
  const { registry, graceful, calls } = await start()
  graceful.connections()
  expect(calls()).toBe(1)
  await setImmediate()
  await registry.metrics()
  expect(calls()).toBe(1)
  // A later look sees later changes.
  clients.at(-1)!.write(': fixture\r\n\r\n')
  await expect.poll(() => graceful.connections().filter(({ phase }) => phase === 'request')).toHaveLength(1)
  graceful.uninstall()
})

test('a shutdown asks Node far less often than it has connections', async () => {
  const { runtime, graceful, calls } = await start()
  runtime.emit('SIGTERM')
  await runtime.advance(1_000)
  expect(calls()).toBeLessThanOrEqual(1)
  expect(graceful.state).toBe('draining')
  await runtime.complete(graceful.shutdown())
  // The end of the linger closes batches of 64 connections. Others can look at all connections from time to time.
  expect(calls()).toBeLessThan(COUNT / 3)
})
