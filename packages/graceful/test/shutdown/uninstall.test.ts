import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import { createServer as createHttp2Server } from 'node:http2'
import { connect, type AddressInfo, type Socket } from 'node:net'
import { Registry } from 'prom-client'
import { afterEach, describe, expect, test } from 'vitest'
import { WebSocket, WebSocketServer } from 'ws'
import { createGraceful, type WebSocketServerLike } from '../../src/index.js'

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
  process: processEvents.map((event) => process.listenerCount(event)),
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

/** Returns the listeners that a WebSocket server keeps after `uninstall`, and the close code of a client that connects then. */
async function afterUninstall(wrap: (webSockets: WebSocketServer) => WebSocketServerLike) {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const webSockets = new WebSocketServer({ port: 0, host: '127.0.0.1' })
  await once(webSockets, 'listening')
  webSockets.on('connection', (client) => client.send('welcome', () => client.close(1000)))
  const before = webSockets.listenerCount('connection')
  const graceful = createGraceful(server, { ...options, webSocketServers: [wrap(webSockets)] })
  await graceful.shutdown()
  graceful.uninstall()
  const left = webSockets.listenerCount('connection') - before
  const client = new WebSocket(`ws://127.0.0.1:${(webSockets.address() as AddressInfo).port}`)
  const [code] = (await once(client, 'close')) as [number]
  webSockets.close()
  return { left, code }
}

const withoutOff = (webSockets: WebSocketServer): WebSocketServerLike => ({
  clients: webSockets.clients,
  on: (event, listener) => webSockets.on(event, listener),
})

describe('uninstall() after a shutdown', () => {
  test('removes its listener from the WebSocket server, and does not close later clients', async () => {
    expect(await afterUninstall((webSockets) => webSockets)).toEqual({ left: 0, code: 1000 })
  })

  test('does not close later clients either if the server has no off()', async () => {
    expect(await afterUninstall(withoutOff)).toEqual({ left: 1, code: 1000 })
  })
})
