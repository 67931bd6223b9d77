import { once } from 'node:events'
import { createServer, request } from 'node:http'
import type { IncomingMessage, Server } from 'node:http'
import { connect } from 'node:net'
import type { AddressInfo } from 'node:net'
import type { Duplex } from 'node:stream'
import { describe, expect, it, onTestFinished } from 'vitest'
import { WebSocket } from 'ws'
import { createLogger } from '../src/logger.js'
import { echoRoute } from '../src/routes/echo.js'
import { POD, VERSION, loggedApp } from './app.js'
import { freePort, portOf, start } from './process.js'

/** Starts the app and the WebSocket on a free port. */
const listeningServer = async (): Promise<Server> => {
  const { app } = loggedApp()
  const server = createServer(app)
  echoRoute(server, { version: VERSION, pod: POD }, createLogger({ logLevel: 'silent', pod: POD, version: VERSION }))
  await once(server.listen(0, '127.0.0.1'), 'listening')
  onTestFinished(() => void server.close())
  return server
}

const listening = async (): Promise<number> => ((await listeningServer()).address() as AddressInfo).port

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
    gone.write(ask)
    await expect.poll(() => sockets.length).toBe(2)
    gone.resetAndDestroy()
    await expect.poll(() => sockets.map(({ destroyed }) => destroyed), { timeout: 5_000 }).toEqual([true, true])
    lingering.destroy()
  })

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
