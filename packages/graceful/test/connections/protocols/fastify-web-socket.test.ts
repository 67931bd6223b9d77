import { once } from 'node:events'
import { afterEach, expect, test } from 'vitest'
import { WebSocket } from 'ws'
import { killServices, Service } from '../../harness/service.js'

afterEach(killServices)

const start = async (env = {}) =>
  Service.start({ fixture: 'fastify-web-socket.mjs', options: { shutdownDelay: 300, timeout: 10_000 }, env })
const connect = (service: Service) => new WebSocket(`ws://127.0.0.1:${service.port}/ws`)

test('a WebSocket of @fastify/websocket gets close code 1001, and a hook closes Fastify', async () => {
  const service = await start()
  const client = connect(service)
  await once(client, 'open')
  service.signal()
  await service.waitForState('lameDuck')
  client.send('hello')
  expect(String((await once(client, 'message'))[0])).toBe('echo hello')
  expect((await once(client, 'close'))[0]).toBe(1001)
  expect(await service.exited).toEqual({ code: 0, signal: null })
  expect(service.report).toMatchObject({ hooks: [{ name: 'fastify', outcome: 'done' }] })
  expect(service.report['durationMs']).toBeLessThan(3_000)
})

test('a WebSocket whose upgrade is still being authenticated when the drain starts opens, and then gets 1001', async () => {
  const service = await start({ SLOW_AUTH: '1' })
  const client = connect(service)
  await service.waitFor(({ authenticating }) => authenticating === true)
  service.signal()
  await once(client, 'open')
  expect((await once(client, 'close'))[0]).toBe(1001)
  expect(await service.exited).toEqual({ code: 0, signal: null })
  expect(service.report).toMatchObject({ outcome: 'graceful', forced: [] })
})
