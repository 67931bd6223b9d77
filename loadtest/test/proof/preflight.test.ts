import { createServer as createHttpServer } from 'node:http'
import { createServer } from 'node:net'
import type { AddressInfo, Server } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import { CLIENT_CLASSES } from '../../src/clients/index.ts'
import { preflight } from '../../src/proof/preflight.ts'
import { anyService } from '../../src/inputs/profile/any-service.ts'
import { parseProfile } from '../../src/inputs/profile/read-profile.ts'

let server: Server | undefined
afterEach(() => void server?.close())

/** Starts a raw server that answers only the first few of several requests at once. */
async function listen(most: number, headers = ''): Promise<string> {
  server = createServer((socket) => {
    socket.on('error', () => undefined)
    socket.on('data', (bytes) => {
      const requests = bytes.toString('latin1').match(/^GET /gm) ?? []
      for (const _ of requests.slice(0, most)) socket.write(`HTTP/1.1 200 OK\r\n${headers}Content-Length: 2\r\n\r\n{}`)
      if (headers.includes('close')) socket.end()
    })
  })
  await new Promise<void>((resolve) => void server?.listen(0, '127.0.0.1', resolve))
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

const check = (url: string, clients: readonly string[]): Promise<unknown> =>
  preflight({
    urls: [url],
    profile: anyService('/'),
    clients: CLIENT_CLASSES.filter(({ name }) => clients.includes(name)),
    limits: { connectMs: 1_000, answerMs: 300 },
    signal: new AbortController().signal,
    patienceMs: 500,
  })

it('never creates the same item twice, so that a service may refuse a duplicate', async () => {
  const made = new Set<string>()
  const service = createHttpServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      const body = Buffer.concat(chunks).toString()
      response.writeHead(request.method === 'GET' ? 200 : made.has(body) ? 409 : 201).end('{"id":1}')
      if (request.method === 'POST') made.add(body)
    })
  })
  server = service
  await new Promise<void>((resolve) => void service.listen(0, '127.0.0.1', resolve))
  const url = `http://127.0.0.1:${(service.address() as AddressInfo).port}`
  const profile = parseProfile(
    `paths: { read: { path: / }, create: { path: /orders, body: '{"reference":"{id}"}' } }`,
    'zero-drop.yaml',
  )
  const rest = { profile, clients: CLIENT_CLASSES, signal: new AbortController().signal }
  const limits = { connectMs: 1_000, answerMs: 1_000 }
  await preflight({ urls: [url, `${url}/`], limits, ...rest })
  await preflight({ urls: [url], limits, ...rest })
  expect(made.size).toBe(3)
})

describe('the preflight of pipelined requests', () => {
  it('names the class to leave out if the service answers only one of them', async () => {
    const url = await listen(1)
    await expect(check(url, ['keep-alive', 'pipelined'])).rejects.toMatchObject({
      name: 'UsageError',
      message: expect.stringMatching(
        /^http:\/\/127\.0\.0\.1:\d+: no complete response after \d+ ms: the server does not answer 3 requests sent at once on one connection, .*; leave this class out with --without pipelined$/,
      ) as string,
    })
  })

  it('is skipped for a load without them', async () => {
    await expect(check(await listen(1), ['keep-alive'])).resolves.toBeDefined()
  })

  it('accepts an answer to all, or Connection: close on the first', async () => {
    await expect(check(await listen(3), ['pipelined'])).resolves.toBeDefined()
    server?.close()
    await expect(check(await listen(1, 'Connection: close\r\n'), ['pipelined'])).resolves.toBeDefined()
  })
})

it.each([
  ['closes the connection after each response', 'Connection: close\r\n', 1],
  ['keeps connections open', '', 0],
])('knows whether a server %s', async (_, headers, times) => {
  const url = await listen(headers === '' ? 3 : 1, headers)
  let closing = 0
  await preflight({
    urls: [url],
    profile: anyService('/'),
    clients: CLIENT_CLASSES.filter(({ name }) => name === 'pipelined'),
    limits: { connectMs: 1_000, answerMs: 1_000 },
    signal: new AbortController().signal,
    closesAlways: () => void (closing += 1),
  })
  expect(closing).toBe(times)
})
