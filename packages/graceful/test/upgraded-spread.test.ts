import { expect, test } from 'vitest'
import { Upgraded } from '../src/connections/protocols/upgraded.js'
import type { WebSocketLike } from '../src/types.js'
import { FakeRuntime } from './harness/fake-runtime.js'

const logger = { info: () => {}, warn: () => {}, error: () => {} }

/** A WebSocket server with clients that never echo a close frame. What is done to each is told in order. */
function mute(count: number) {
  const told: string[] = []
  const clients = Array.from({ length: count }, (_, index): WebSocketLike => {
    return {
      readyState: 1,
      close: (code) => void told.push(`${index} ${code}`),
      terminate: () => void told.push(`${index} terminated`),
    }
  })
  const listeners: ((client: WebSocketLike) => void)[] = []
  const on = (_: 'connection', listener: (client: WebSocketLike) => void) => listeners.push(listener)
  return { clients, told, on, connect: (client: WebSocketLike) => listeners.forEach((listener) => listener(client)) }
}

const upgradedOf = (runtime: FakeRuntime, server: ReturnType<typeof mute>) =>
  new Upgraded(runtime, { webSocketServers: [server], drainUpgraded: undefined, logger })

test('WebSockets that are told after the lingering has ended are given the short silence, and terminated', async () => {
  const runtime = new FakeRuntime()
  const server = mute(20)
  const upgraded = upgradedOf(runtime, server)
  upgraded.drain([], 1_000)
  await runtime.advance(10)
  const before = server.told.length
  expect(before).toBeGreaterThan(0)
  expect(before).toBeLessThan(20)
  upgraded.endLinger(100)
  await runtime.advance(100)
  const spread = server.told.slice(2 * before)
  expect(spread).toEqual(Array.from({ length: 20 - before }, (_, index) => `${before + index} 1001`))
  await runtime.advance(100)
  expect(server.told.slice(20 + before)).toEqual(
    Array.from({ length: 20 - before }, (_, index) => `${before + index} terminated`),
  )
  expect(runtime.timers).toBe(0)
})

test('a WebSocket that is opened after the lingering has ended is told, and terminated too', async () => {
  const runtime = new FakeRuntime()
  const server = mute(0)
  const upgraded = upgradedOf(runtime, server)
  upgraded.drain([], 1_000)
  upgraded.endLinger(100)
  const late = mute(1)
  server.connect(late.clients[0]!)
  expect(late.told).toEqual(['0 1001'])
  await runtime.advance(100)
  expect(late.told).toEqual(['0 1001', '0 terminated'])
})
