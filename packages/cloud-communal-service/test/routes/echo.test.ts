import { once } from 'node:events'
import { createServer, request } from 'node:http'
import type { IncomingMessage, Server } from 'node:http'
import { connect } from 'node:net'
import type { AddressInfo, Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { text } from 'node:stream/consumers'
import { setTimeout } from 'node:timers/promises'
import { describe, expect, it, onTestFinished } from 'vitest'
import { WebSocket } from 'ws'
import type { WebSocketServer } from 'ws'
import { createLogger } from '../../src/logger.js'
import { echoRoute } from '../../src/routes/echo.js'
import { MOST_UNREAD } from '../../src/routes/echo-session.js'
import { POD, VERSION, loggedApp } from '../app.js'
import { freePort, portOf, start } from '../process.js'

/** Starts the app and the WebSocket on a free port. */
const listeningServer = async (): Promise<Server & { webSockets: WebSocketServer }> => {
  const { app } = loggedApp()
  const server = createServer(app)
  const webSockets = echoRoute(
    server,
    { version: VERSION, pod: POD },
    createLogger({ logLevel: 'silent', pod: POD, version: VERSION }),
  )
  await once(server.listen(0, '127.0.0.1'), 'listening')
  onTestFinished(() => void server.close())
  return Object.assign(server, { webSockets })
}

const listening = async (): Promise<number> => ((await listeningServer()).address() as AddressInfo).port

/** Returns a client of raw bytes that has completed the handshake. */
const rawClient = async (port: number): Promise<{ client: Socket; head: string; received: () => number }> => {
  const client = connect(port, '127.0.0.1')
  onTestFinished(() => void client.destroy())
  client.write(
    'GET /echo HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n' +
      'Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n',
  )
  const [head] = (await once(client, 'data')) as [Buffer]
  let received = 0
  client.on('data', (data) => (received += data.length))
  return { client, head: head.toString(), received: () => received }
}

/** Returns a frame of a client with zeros under a mask of zeros. */
const masked = (opcode: number, bytes: number): Buffer => {
  const length = bytes < 126 ? [0x80 | bytes] : [0x80 | 126, bytes >> 8, bytes & 0xff]
  return Buffer.concat([Buffer.from([opcode, ...length]), Buffer.alloc(4 + bytes)])
}

const expectHeaders = (answer: string): void => {
  expect(answer).toContain(`\r\nX-Service-Version: ${VERSION}\r\nX-Pod: ${POD}\r\n`)
  expect(answer).toMatch(/\r\nX-Request-Id: [\da-f-]{36}\r\nX-Content-Type-Options: nosniff\r\n/)
}

const open = async (port: number, headers: Record<string, string> = {}): Promise<WebSocket> => {
  const client = new WebSocket(`ws://127.0.0.1:${port}/echo`, { headers })
  onTestFinished(() => client.terminate())
  await once(client, 'open')
  return client
}

const env = async (): Promise<Record<string, string>> => ({
  PORT: '0',
  ADMIN_PORT: String(await freePort()),
  SHUTDOWN_DELAY_MS: '0',
})

describe('/echo', () => {
  it('sends each message back unchanged, and has the headers of every response in its handshake', async () => {
    const port = await listening()
    const client = new WebSocket(`ws://127.0.0.1:${port}/echo?x=1`, { headers: { 'X-Request-Id': 'hello-1' } })
    const [upgrade] = await Promise.all([once(client, 'upgrade'), once(client, 'open')])
    const [response] = upgrade as [IncomingMessage]
    expect(response.headers).toMatchObject({ 'x-service-version': VERSION, 'x-pod': POD, 'x-request-id': 'hello-1' })
    client.send('grüezi')
    expect(await once(client, 'message')).toEqual([Buffer.from('grüezi'), false])
    client.send(Buffer.from([0, 255]))
    expect(await once(client, 'message')).toEqual([Buffer.from([0, 255]), true])
    client.close(1000)
    expect((await once(client, 'close'))[0]).toBe(1000)
  })

  it('closes a connection with 1009 after a message that is too long, and keeps the others', async () => {
    const port = await listening()
    const [client, other] = await Promise.all([open(port), open(port)])
    client.send('x'.repeat(64 * 1024 + 1))
    expect((await once(client, 'close'))[0]).toBe(1009)
    other.send('still here')
    expect(String((await once(other, 'message'))[0])).toBe('still here')
  })

  it('ignores an upgrade to another protocol and answers the request', async () => {
    const port = await listening()
    const headers = { Connection: 'Upgrade', Upgrade: 'h2c' }
    const call = request({ port, host: '127.0.0.1', path: '/', headers }).end()
    const [response] = (await once(call, 'response')) as [IncomingMessage]
    response.resume()
    expect([response.statusCode, response.headers['x-pod']]).toEqual([200, POD])
  })

  it('rejects such an upgrade before Node 24.9, and closes the connection whatever the client does', async () => {
    const server = await listeningServer()
    // Node before 24.9 has no callback and emits `upgrade` for every such request.
    Object.assign(server, { shouldUpgradeCallback: () => true })
    const sockets: Duplex[] = []
    server.on('upgrade', (_, socket) => sockets.push(socket))
    const { port } = server.address() as AddressInfo
    const ask = 'GET / HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n'
    const [lingering, gone] = [connect(port, '127.0.0.1'), connect(port, '127.0.0.1')]
    lingering.write(`${ask}and more`)
    const [answer] = (await once(lingering, 'data')) as [Buffer]
    expect(answer.toString()).toMatch(/^HTTP\/1\.1 426 /)
    expectHeaders(answer.toString())
    expect(answer.toString()).toContain('\r\nConnection: Upgrade, close\r\nUpgrade: websocket\r\n')
    gone.write(ask)
    await expect.poll(() => sockets.length).toBe(2)
    gone.resetAndDestroy()
    await expect.poll(() => sockets.map(({ destroyed }) => destroyed), { timeout: 5_000 }).toEqual([true, true])
    lingering.destroy()
  })

  it.each([
    ['without a key', 'GET', 'Sec-WebSocket-Version: 13', 400],
    ['with an unknown version', 'GET', 'Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Version: 99', 400],
    ['with another method', 'PUT', 'Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Version: 13', 405],
  ])('rejects a handshake %s with the headers of every response', async (_what, method, headers, status) => {
    const client = connect(await listening(), '127.0.0.1')
    client.write(
      `${method} /echo HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n${headers}\r\n\r\n`,
    )
    const answer = await text(client)
    expect(answer).toMatch(new RegExp(`^HTTP/1.1 ${status} `))
    expectHeaders(answer)
    expect(JSON.parse(answer.split('\r\n\r\n')[1] ?? '')).toMatchObject({ reasons: [expect.any(String)] })
  })

  it('has a request id of its own in a handshake without one', async () => {
    const { client, head } = await rawClient(await listening())
    client.destroy()
    expect(head).toMatch(/^HTTP\/1\.1 101 /)
    expectHeaders(head)
  })

  it.each([
    ['messages', 0x82, 16_000],
    ['small messages', 0x82, 200],
    ['pings', 0x89, 100],
  ])(
    'reads no more %s from a client that does not read, and sends them all when it does',
    async (_what, opcode, bytes) => {
      const server = await listeningServer()
      const { client, received } = await rawClient((server.address() as AddressInfo).port)
      client.pause()
      const count = Math.ceil((20 * 1024 * 1024) / (bytes + 10))
      const frame = masked(opcode, bytes)
      client.write(Buffer.concat(Array.from({ length: count }, () => frame)))
      const [serving] = server.webSockets.clients
      await expect.poll(() => serving?.isPaused).toBe(true)
      await setTimeout(200)
      // Behind the limit there is at most the echo of one read.
      expect(serving?.isPaused).toBe(true)
      expect(serving?.bufferedAmount).toBeLessThan(MOST_UNREAD + 64 * 1024 + bytes)
      expect(client.writableLength).toBeGreaterThan(0)
      client.resume()
      await expect.poll(received).toBe(count * (frame.length - 4))
    },
    40_000,
  )

  it('accepts no WebSocket on another path', async () => {
    const client = new WebSocket(`ws://127.0.0.1:${await listening()}/elsewhere`)
    const [error] = (await once(client, 'error')) as [Error]
    expect(error.message).toContain('404')
  })

  it('is closed with 1001 by the drain, after its messages, and the process exits with 0', async () => {
    const program = start('main', await env())
    const client = await open(await portOf(program), { 'X-Request-Id': 'session-1' })
    client.send('before')
    expect(String((await once(client, 'message'))[0])).toBe('before')
    program.child.kill('SIGTERM')
    expect((await once(client, 'close'))[0]).toBe(1001)
    expect((await program.exit).code).toBe(0)
    const logged = program.lines.filter(({ requestId }) => requestId === 'session-1' || requestId === 'before')
    expect(logged.map(({ msg, outcome }) => [msg, outcome])).toEqual([
      ['request started', undefined],
      ['request', 'finished'],
      ['request', 'finished'],
    ])
  })

  it('is cut without a close frame by the naive twin', async () => {
    const program = start('naive', await env())
    const client = await open(await portOf(program))
    program.child.kill('SIGTERM')
    expect((await once(client, 'close'))[0]).toBe(1006)
  })
})
