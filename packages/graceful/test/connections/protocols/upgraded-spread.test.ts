import { Socket } from 'node:net'
import { expect, test } from 'vitest'
import { Upgraded } from '../../../src/connections/protocols/upgraded.js'
import type { WebSocketLike } from '../../../src/connections/protocols/web-socket.js'
import { FakeRuntime } from '../../harness/fake-runtime.js'

const logger = { info: () => {}, warn: () => {}, error: () => {} }

/** Creates sockets of WebSockets whose clients never answer a close frame. Records the calls in order. */
function unresponsive(count: number) {
  const calls: string[] = []
  const sockets = Array.from({ length: count }, (_, index) => {
    const client: WebSocketLike = {
      readyState: 1,
      close: (code) => void calls.push(`${index} ${code}`),
      terminate: () => void calls.push(`${index} terminated`),
    }
    return Object.assign(new Socket(), { [Symbol('websocket')]: client })
  })
  return { sockets, calls }
}

const upgradedOf = (runtime: FakeRuntime) => new Upgraded(runtime, { closeUpgraded: undefined, logger })

test('clients that get their close frame after the linger time have a short time to answer, then they are terminated', async () => {
  const runtime = new FakeRuntime()
  const server = unresponsive(20)
  const upgraded = upgradedOf(runtime)
  upgraded.drain(server.sockets, 1_000)
  await runtime.advance(10)
  const before = server.calls.length
  expect(before).toBeGreaterThan(0)
  expect(before).toBeLessThan(20)
  upgraded.endLinger(100)
  await runtime.advance(100)
  const spread = server.calls.slice(2 * before)
  expect(spread).toEqual(Array.from({ length: 20 - before }, (_, index) => `${before + index} 1001`))
  await runtime.advance(100)
  expect(server.calls.slice(20 + before)).toEqual(
    Array.from({ length: 20 - before }, (_, index) => `${before + index} terminated`),
  )
  expect(runtime.timers).toBe(0)
})

test('a client that connects after the linger time gets a close frame, and is terminated, too', async () => {
  const runtime = new FakeRuntime()
  const upgraded = upgradedOf(runtime)
  upgraded.drain([], 1_000)
  upgraded.endLinger(100)
  const late = unresponsive(1)
  upgraded.add(late.sockets[0]!)
  expect(late.calls).toEqual(['0 1001'])
  await runtime.advance(100)
  expect(late.calls).toEqual(['0 1001', '0 terminated'])
})
