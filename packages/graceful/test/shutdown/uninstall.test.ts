import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server } from 'node:http'
import { createServer as createHttp2Server } from 'node:http2'
import { connect, type AddressInfo, type Socket } from 'node:net'
import { Registry } from 'prom-client'
import { afterEach, describe, expect, test } from 'vitest'
import { WebSocket, WebSocketServer } from 'ws'
import { createGraceful } from '../../src/index.js'

const servers: Server[] = []
const clients: Socket[] = []
afterEach(() => {
  for (const client of clients.splice(0)) client.destroy()
  for (const server of servers.splice(0)) server.close()
})

const options = {
  admin: false,
  logger: false,
  signals: ['SIGUSR2'],
  exit: false,
  shutdownDelay: 10,
  timeout: 5_000,
} as const
const processEvents = ['SIGUSR2', 'uncaughtException', 'unhandledRejection']
const serverEvents = ['connection', 'secureConnection', 'session', 'listening', 'close', 'request', 'upgrade', 'error']
const listenersOf = (server: Server) => ({
  process: [...processEvents, 'newListener', 'removeListener', 'exit', 'beforeExit'].map((event) =>
    process.listenerCount(event),
  ),
  processMethods: ['exit', 'kill'].map((name) => Reflect.get(process, name) as unknown),
  server: serverEvents.map((event) => server.listenerCount(event)),
  methods: ['emit', 'close'].map((name) => Object.hasOwn(server, name)),
})

describe.each([
  ['http', () => createServer((_, response) => response.end('ok'))],
  ['http2', () => createHttp2Server((_, response) => response.end('ok')) as unknown as Server],
])('uninstall() of an %s server', (_, create) => {
  test('before a signal removes every listener from the process, the server and an open connection', async () => {
    const server = create().listen(0, '127.0.0.1')
    servers.push(server)
    await once(server, 'listening')
    const before = listenersOf(server)
    let socketListeners: number[] = []
    const graceful = createGraceful(server, options)
    server.once('connection', (socket) => setImmediate(() => socketListeners.push(socket.listenerCount('close'))))
    const accepted = once(server, 'connection') as Promise<[Socket]>
    clients.push(connect((server.address() as AddressInfo).port, '127.0.0.1'))
    const [socket] = await accepted
    await new Promise((resolve) => void setTimeout(resolve, 20))
    graceful.uninstall()
    expect(listenersOf(server)).toEqual(before)
    expect(socket.listenerCount('close')).toBe(socketListeners[0]! - 1)
  })

  test('after a shutdown with exit: false removes them, too', async () => {
    const server = create().listen(0, '127.0.0.1')
    await once(server, 'listening')
    const before = listenersOf(server)
    const graceful = createGraceful(server, options)
    const first = graceful.shutdown('first')
    expect(graceful.shutdown('second')).toBe(first)
    expect(await first).toMatchObject({ reason: 'first', outcome: 'graceful', exitCode: 0 })
    graceful.uninstall()
    expect(listenersOf(server)).toEqual(before)
    // The server has Node's own `close` again.
    await expect(new Promise((resolve) => void server.close(resolve))).resolves.toMatchObject({
      code: 'ERR_SERVER_NOT_RUNNING',
    })
  })
})

test("uninstall() removes its metrics from the caller's registry", async () => {
  const registry = new Registry()
  const server = createServer()
  const attach = () => createGraceful(server, { ...options, metrics: { registry } })
  attach().uninstall()
  expect(await registry.metrics()).not.toContain('graceful_')
  const again = attach()
  expect(await registry.metrics()).toContain('graceful_state{state="starting"} 1')
  again.uninstall()
})

const onUpgrade = () => {}

test('uninstall() removes its upgrade listener, which it has only while the application has one', () => {
  const server = createServer()
  const graceful = createGraceful(server, options)
  expect(server.listenerCount('upgrade')).toBe(0)
  server.on('upgrade', onUpgrade)
  server.off('upgrade', onUpgrade)
  expect(server.listenerCount('upgrade')).toBe(0)
  server.on('upgrade', onUpgrade)
  graceful.uninstall()
  expect(server.listeners('upgrade')).toEqual([onUpgrade])
  expect(server.listenerCount('newListener') + server.listenerCount('removeListener')).toBe(0)
})

test('a socket that ws owns has its own write again one turn after its upgrade', async () => {
  const server = createServer().listen(0, '127.0.0.1')
  servers.push(server)
  await once(server, 'listening')
  const graceful = createGraceful(server, options)
  const webSockets = new WebSocketServer({ server })
  const accepted = once(webSockets, 'connection') as Promise<[WebSocket, IncomingMessage]>
  const client = new WebSocket(`ws://127.0.0.1:${(server.address() as AddressInfo).port}`)
  const [, { socket }] = await accepted
  await new Promise((resolve) => void setImmediate(() => setImmediate(resolve)))
  expect(Object.hasOwn(socket, 'write')).toBe(false)
  client.terminate()
  webSockets.close()
  graceful.uninstall()
})
