import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import { createServer as createHttp2Server } from 'node:http2'
import { connect, type AddressInfo, type Socket } from 'node:net'
import { Registry } from 'prom-client'
import { afterEach, describe, expect, test } from 'vitest'
import { createGraceful } from '../src/index.js'

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
const ofProcess = ['SIGUSR2', 'uncaughtException', 'unhandledRejection']
const ofServer = ['connection', 'secureConnection', 'session', 'listening', 'close', 'request', 'upgrade', 'error']
const traces = (server: Server) => ({
  process: ofProcess.map((event) => process.listenerCount(event)),
  server: ofServer.map((event) => server.listenerCount(event)),
  methods: ['emit', 'close'].map((name) => Object.hasOwn(server, name)),
})

describe.each([
  ['http', () => createServer((_, response) => response.end('ok'))],
  ['http2', () => createHttp2Server((_, response) => response.end('ok')) as unknown as Server],
])('uninstall() of an %s server', (_, create) => {
  test('before a signal leaves nothing behind: no listener of the process, the server, an open connection', async () => {
    const server = create().listen(0, '127.0.0.1')
    servers.push(server)
    await once(server, 'listening')
    const before = traces(server)
    let ofSocket: number[] = []
    const graceful = createGraceful(server, options)
    server.once('connection', (socket) => setImmediate(() => ofSocket.push(socket.listenerCount('close'))))
    const accepted = once(server, 'connection') as Promise<[Socket]>
    clients.push(connect((server.address() as AddressInfo).port, '127.0.0.1'))
    const [socket] = await accepted
    await new Promise((resolve) => void setTimeout(resolve, 20))
    graceful.uninstall()
    expect(traces(server)).toEqual(before)
    expect(socket.listenerCount('close')).toBe(ofSocket[0]! - 1)
  })

  test('after a shutdown whose exit is the caller’s own leaves nothing behind either', async () => {
    const server = create().listen(0, '127.0.0.1')
    await once(server, 'listening')
    const before = traces(server)
    const graceful = createGraceful(server, options)
    const first = graceful.shutdown('first')
    expect(graceful.shutdown('second')).toBe(first)
    expect(await first).toMatchObject({ reason: 'first', outcome: 'graceful', exitCode: 0 })
    graceful.uninstall()
    expect(traces(server)).toEqual(before)
    // Node's own close speaks again.
    await expect(new Promise((resolve) => void server.close(resolve))).resolves.toMatchObject({
      code: 'ERR_SERVER_NOT_RUNNING',
    })
  })
})

test("uninstall() takes the metrics out of the caller's registry, and only those", async () => {
  const registry = new Registry()
  const server = createServer()
  const attach = () => createGraceful(server, { ...options, metrics: { registry } })
  attach().uninstall()
  expect(await registry.metrics()).not.toContain('graceful_')
  const again = attach()
  expect(await registry.metrics()).toContain('graceful_state{state="starting"} 1')
  again.uninstall()
})
