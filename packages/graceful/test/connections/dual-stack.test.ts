import { once } from 'node:events'
import { connect } from 'node:net'
import { afterEach, expect, test } from 'vitest'
import { WebSocket } from 'ws'
import { killServices, Service } from '../harness/service.js'

afterEach(killServices)

const HOSTS = ['127.0.0.1', '::1']

/** Sends one request on a new connection, and returns everything until its end, or the code of an error. */
async function request(port: number, host: string, path: string): Promise<string> {
  const socket = connect({ port, host })
  const failed = once(socket, 'error').then(([error]) => (error as NodeJS.ErrnoException).code!)
  let received = ''
  socket.on('data', (data) => (received += String(data)))
  socket.write(`GET ${path} HTTP/1.1\r\nHost: fixture\r\n\r\n`)
  const ended = once(socket, 'end').then(() => received)
  return Promise.race([ended, failed])
}

/** Opens a WebSocket on each address. Returns the promises of their close codes. */
async function openWebSockets(port: number): Promise<Promise<number>[]> {
  const sockets = HOSTS.map((host) => new WebSocket(`ws://${host === '::1' ? '[::1]' : host}:${port}/ws`))
  await Promise.all(sockets.map(async (socket) => once(socket, 'open')))
  return sockets.map(async (socket) => ((await once(socket, 'close')) as [number])[0])
}

test('a dual-stack Fastify drains the server of each address', async () => {
  const service = await Service.start({ fixture: 'dual-stack.mjs', holdDelay: true, options: { timeout: 20_000 } })
  const { addresses } = await service.waitFor((message) => message['addresses'] !== undefined)
  expect(new Set(addresses as string[])).toEqual(new Set(HOSTS))
  const codes = await openWebSockets(service.port)
  const slow = HOSTS.map(async (host) => request(service.port, host, '/slow'))
  await service.waitFor(() => service.handlersRun('/slow') === 2)

  service.signal()
  await service.waitForState('lameDuck')
  codes.push(...(await openWebSockets(service.port)))
  for (const response of await Promise.all(HOSTS.map(async (host) => request(service.port, host, '/fast')))) {
    expect(response).toMatch(/^HTTP\/1\.1 200 OK\r\n[^]*connection: close\r\n[^]*fast$/i)
  }
  service.passDelay()
  await service.waitForState('draining')
  for (const host of HOSTS) expect(await request(service.port, host, '/late')).toBe('ECONNREFUSED')
  for (const response of await Promise.all(slow)) {
    expect(response).toMatch(/^HTTP\/1\.1 200 OK\r\n[^]*connection: close\r\n[^]*slow$/i)
  }
  expect(await Promise.all(codes)).toEqual([1001, 1001, 1001, 1001])
  expect(await service.exited).toEqual({ code: 0, signal: null })
  expect(service.report).toMatchObject({ outcome: 'graceful', requestsAfterSignal: 4, connectionsAfterSignal: 4 })
})
