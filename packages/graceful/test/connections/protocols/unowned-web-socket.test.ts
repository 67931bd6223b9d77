import { once } from 'node:events'
import { rmSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import { afterAll, afterEach, describe, expect, test } from 'vitest'
import { WebSocket, WebSocketServer } from 'ws'
import { certificate } from '../../harness/certificate.js'
import { RawClient } from '../../harness/raw-client.js'
import { killServices, Service } from '../../harness/service.js'

const { folder, ...tls } = certificate()
afterAll(() => rmSync(folder, { recursive: true }))
afterEach(killServices)

const handshake =
  'Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n'
const closeFrame = '\x88\x1a\x03\xe9the server is going away'
const start = async (env = {}) =>
  Service.start({ fixture: 'web-socket.mjs', options: { shutdownDelay: 100, timeout: 10_000 }, env })

/** Returns the bytes after the 101 response. */
const framesOf = ({ received }: RawClient) => received.slice(received.indexOf('\r\n\r\n') + 4)

describe('a WebSocket that ws does not own', () => {
  test.each([
    ['http', {}],
    ['https', tls],
  ])('a proxied one gets close code 1001 on both sides, and does not delay the exit: %s', async (scheme, env) => {
    const backend = new WebSocketServer({ port: 0, host: '127.0.0.1' })
    await once(backend, 'listening')
    const accepted = once(backend, 'connection') as Promise<[WebSocket]>
    const service = await start({ ...env, BACKEND: String((backend.address() as AddressInfo).port) })
    const client = new WebSocket(`${scheme.replace('http', 'ws')}://127.0.0.1:${service.port}/proxy`, {
      rejectUnauthorized: false,
    })
    await once(client, 'open')
    const [upstream] = await accepted
    upstream.on('message', (data, isBinary) => upstream.send(data, { binary: isBinary }))
    const upstreamClose = once(upstream, 'close')
    for (const text of ['a', 'b'.repeat(300), 'c'.repeat(200_000)]) {
      client.send(text)
      // oxlint-disable-next-line no-await-in-loop -- one message after the other
      expect(String((await once(client, 'message'))[0])).toBe(text)
    }
    service.signal()
    expect((await once(client, 'close'))[0]).toBe(1001)
    expect(await service.exited).toEqual({ code: 0, signal: null })
    expect((await upstreamClose)[0]).toBe(1001)
    expect(service.report['durationMs']).toBeLessThan(3_000)
    backend.close()
  })

  test.each([
    ['in the middle of a frame', '/halves', ['\x81\x04ab', 'cd']],
    ['between two fragments', '/fragments', ['\x01\x01a', '\x89\x00', '\x80\x01b']],
    ['before its handshake is complete', '/late', ['', '']],
    ['that the application never reads or writes', '/silent', ['']],
  ])('one %s gets the close frame after the message', async (_, path, parts) => {
    const service = await start()
    const client = new RawClient(service.port).get(path, handshake)
    await client.receives('101 Switching')
    service.signal()
    await service.waitForState('draining')
    // The service has sent the first part.
    for (let part = 1; part < parts.length; part++) {
      // oxlint-disable-next-line no-await-in-loop -- the service sends one part after the other
      await new Promise((resolve) => void setTimeout(resolve, 100))
      service.send('next')
    }
    await client.receives('going away')
    expect(framesOf(client)).toBe(parts.join('') + closeFrame)
    client.end()
    expect(await service.exited).toEqual({ code: 0, signal: null })
    expect(service.report['durationMs']).toBeLessThan(3_000)
  })

  test('a client that does not answer is disconnected when the linger time ends', async () => {
    const service = await Service.start({ fixture: 'web-socket.mjs', options: { shutdownDelay: 100, timeout: 2_000 } })
    const client = new RawClient(service.port).get('/silent', handshake)
    await client.receives('101 Switching')
    service.signal()
    await client.receives('going away')
    expect(await service.exited).toEqual({ code: 0, signal: null })
    client.destroy()
  })

  test('another protocol in answer to a WebSocket handshake gets no bytes of the library', async () => {
    const service = await Service.start({ fixture: 'web-socket.mjs', options: { shutdownDelay: 100, timeout: 1_000 } })
    const client = new RawClient(service.port).get('/foreign', handshake)
    await client.receives('101 Switching')
    service.signal()
    expect(await service.exited).toEqual({ code: 1, signal: null })
    expect(framesOf(client)).toBe('')
    client.destroy()
  })
})
