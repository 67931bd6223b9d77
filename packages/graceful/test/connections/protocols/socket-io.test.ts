import { io } from 'socket.io-client'
import { afterEach, expect, test } from 'vitest'
import { killServices, Service } from '../../harness/service.js'

afterEach(killServices)

const start = async (env: NodeJS.ProcessEnv, settings: { holdDelay?: true } = {}) =>
  Service.start({ fixture: 'socket-io.mjs', options: { shutdownDelay: 300, timeout: 100_000 }, env, ...settings })

test.each([
  ['WebSocket', 'websocket', ''],
  ['WebSocket, and a hook closes Socket.IO', 'websocket', 'hook'],
  ['long polling, and an onState listener closes Socket.IO in the drain', 'polling', 'drain'],
  ['WebSocket, and an onState listener closes Socket.IO in the drain', 'websocket', 'drain'],
])('Socket.IO over %s: the service ends, and its client reconnects to the next one', async (_, transport, closer) => {
  const service = await start({ CLOSE_IO: closer }, { holdDelay: true })
  const client = io(`http://127.0.0.1:${service.port}`, {
    transports: [transport],
    reconnectionDelay: 50,
    reconnectionDelayMax: 200,
  })
  await new Promise<void>((resolve) => void client.once('connect', resolve))
  expect(await client.emitWithAck('message', 'one')).toBe('echo one')
  const reason = new Promise((resolve) => void client.once('disconnect', resolve))
  service.signal()
  await service.waitForState('lameDuck')
  expect(await client.emitWithAck('message', 'two')).toBe('echo two')
  service.passDelay()
  // A client reconnects automatically after this reason, and not after `io server disconnect`.
  expect(await reason).toBe('transport close')
  expect(await service.exited).toEqual({ code: 0, signal: null })
  expect(service.report).toMatchObject({ outcome: 'graceful', forced: [] })
  expect(service.report['durationMs']).toBeLessThan(50_000)
  const reconnected = new Promise<void>((resolve) => void client.once('connect', resolve))
  await start({ PORT: String(service.port) })
  await reconnected
  expect(await client.emitWithAck('message', 'three')).toBe('echo three')
  client.close()
})

test('Socket.IO over long polling: its SIGTERM listener runs when only long polls are in flight', async () => {
  const service = await start({ CLOSE_IO: 'signal' })
  const client = io(`http://127.0.0.1:${service.port}`, { transports: ['polling'], reconnection: false })
  await new Promise<void>((resolve) => void client.once('connect', resolve))
  service.signal()
  expect(await service.exited).toEqual({ code: 0, signal: null })
  expect(service.report).toMatchObject({ outcome: 'graceful', forced: [], listeners: [{ outcome: 'done' }] })
  expect(service.messages.some(({ closed }) => closed === true)).toBe(true)
  // Without a look at the requests in flight, the listener would wait for the last 5 s of the budget.
  expect(service.report['durationMs']).toBeLessThan(50_000)
  client.close()
})

test('Socket.IO over long polling without that listener: the poll in flight ends with the next ping', async () => {
  const service = await start({ SERVER_OPTIONS: JSON.stringify({ pingInterval: 2_000 }), CLOSE_IO: 'hook' })
  const client = io(`http://127.0.0.1:${service.port}`, { transports: ['polling'], reconnection: false })
  await new Promise<void>((resolve) => void client.once('connect', resolve))
  service.signal()
  expect(await service.exited).toEqual({ code: 0, signal: null })
  expect(service.report).toMatchObject({ outcome: 'graceful', hooks: [{ name: 'socket.io', outcome: 'done' }] })
  client.close()
})
