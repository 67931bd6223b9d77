import { once } from 'node:events'
import { rmSync } from 'node:fs'
import { connect as connectHttp2 } from 'node:http2'
import { connect, type Socket } from 'node:net'
import { text } from 'node:stream/consumers'
import { connect as connectSecurely } from 'node:tls'
import { afterAll, afterEach, describe, expect, test } from 'vitest'
import { certificate } from '../../harness/certificate.js'
import { RawClient } from '../../harness/raw-client.js'
import { killServices, Service } from '../../harness/service.js'

const { folder, ...env } = certificate()
afterAll(() => rmSync(folder, { recursive: true }))
afterEach(killServices)

/** The response takes longer than the linger time of an unused connection and the second of silence after it. */
const path = '/slow?ms=4000'

async function overHttps(service: Service, over: Socket): Promise<string | undefined> {
  const client = new RawClient(service.port, { tls: true, over }).get(path)
  const [response] = await client.responses(1)
  client.end()
  return response?.body
}

async function overHttp2({ port }: Service, socket: Socket): Promise<string> {
  const session = connectHttp2(`https://127.0.0.1:${port}`, {
    createConnection: () => connectSecurely({ socket, rejectUnauthorized: false, ALPNProtocols: ['h2'] }),
  })
  session.on('error', () => {})
  return text(session.request({ ':path': path })).catch(({ code }: NodeJS.ErrnoException) => `${code}`)
}

describe('a TLS handshake that completes in the drain', () => {
  test.each([
    ['HTTPS', 'service.mjs', 'slow ', overHttps],
    ['HTTP/2', 'http2.mjs', `answer to ${path}`, overHttp2],
  ])('gets the response to its request, even a slow one: %s', async (_, fixture, body, send) => {
    const service = await Service.start({ fixture, options: { shutdownDelay: 100, timeout: 12_000 }, env })
    const socket = connect(service.port, '127.0.0.1')
    await once(socket, 'connect')
    await service.probe('/livez')
    service.signal()
    await service.waitForState('draining')
    expect(await send(service, socket)).toBe(body)
    expect(await service.exited).toEqual({ code: 0, signal: null })
  })
})
