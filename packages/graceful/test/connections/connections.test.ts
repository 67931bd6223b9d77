import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import { connect as connectHttp2, createServer as createHttp2Server } from 'node:http2'
import { connect, type AddressInfo, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, expect, test } from 'vitest'
import { createGraceful } from '../../src/index.js'

const options = { admin: false, logger: false, signals: [], exit: false, shutdownDelay: 0, timeout: 5_000 } as const
const closers: (() => void)[] = []
afterEach(() => {
  for (const close of closers.splice(0)) close()
})

const open = async (server: Server, where: string) => {
  server.listen(where.startsWith('/') ? { path: where } : { port: 0, host: where })
  closers.push(
    () => server.closeAllConnections(),
    () => void server.close(),
  )
  await once(server, 'listening')
  const accepted = once(server, 'connection') as Promise<[Socket]>
  const address = server.address() as AddressInfo
  const client = where.startsWith('/') ? connect(where) : connect(address.port, where)
  closers.push(() => client.destroy())
  client.setEncoding('utf8')
  await accepted
  return client
}

test.each([
  ['127.0.0.1', /^127\.0\.0\.1:\d+$/],
  ['::1', /^\[::1\]:\d+$/],
  [join(tmpdir(), `graceful-${process.pid}.sock`), /^a local client$/],
])('a peer is shown as an address: %s', async (where, peer) => {
  const server = createServer()
  const requests = once(server, 'request')
  const graceful = createGraceful(server, options)
  const client = await open(server, where)
  client.write('GET /path?secret=1 HTTP/1.1\r\nHost: test\r\n\r\n')
  await requests
  expect(graceful.connections()).toEqual([
    { kind: 'http1', phase: 'request', method: 'GET', path: '/path', peer: expect.stringMatching(peer) },
  ])
  graceful.uninstall()
})

test('the drain passes sockets to closeUpgraded that were upgraded before the library was attached', async () => {
  const server = createServer()
  server.on('upgrade', (_, socket: Socket) => socket.write('HTTP/1.1 101 Switching Protocols\r\n\r\n'))
  const client = await open(server, '127.0.0.1')
  client.write('GET / HTTP/1.1\r\nHost: test\r\nConnection: Upgrade\r\nUpgrade: own\r\n\r\n')
  await once(client, 'data')
  const graceful = createGraceful(server, { ...options, closeUpgraded: (socket) => void socket.end('goodbye') })
  expect(graceful.connections()).toMatchObject([{ kind: 'upgraded' }])
  const [goodbye] = await Promise.all([once(client, 'data'), graceful.shutdown()])
  expect(goodbye).toEqual(['goodbye'])
})

// Node 20 and 22 have no list of the sessions.
test('HTTP/2 sessions that were open before the library was attached get GOAWAY', async () => {
  const server = createHttp2Server((_, response) => void setTimeout(() => response.end('answer'), 300))
  closers.push(() => void server.close())
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const session = connectHttp2(`http://127.0.0.1:${(server.address() as AddressInfo).port}`)
  closers.push(() => session.destroy())
  const stream = session.request({ ':path': '/path' })
  stream.setEncoding('utf8')
  await once(server, 'request')
  const graceful = createGraceful(server, options)
  expect(graceful.connections()).toMatchObject([{ kind: 'http2', phase: 'request', path: '/path' }])
  const [goAway, body, report] = await Promise.all([once(session, 'goaway'), once(stream, 'data'), graceful.shutdown()])
  expect(goAway[0]).toBe(0)
  expect(body).toEqual(['answer'])
  expect(report).toMatchObject({ outcome: 'graceful' })
})
