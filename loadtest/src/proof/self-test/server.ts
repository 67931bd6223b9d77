import { createHash } from 'node:crypto'
import { createServer } from 'node:http'
import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Profile } from '../../inputs/profile/profile.js'

/** The requests that the test server answers, all of them quickly. */
export const SELF_TEST_PROFILE: Profile = {
  name: 'the self-test',
  requestId: { header: 'X-Request-Id', echoed: true },
  unpromisedIdleMs: 500,
  paths: {
    read: { path: '/', status: 200, json: true },
    slow: { path: '/work?ms={ms}', status: 200, json: true, ms: { min: 20, max: 200 } },
    stream: {
      path: '/stream?chunks={chunks}&every={every}',
      status: 200,
      chunks: { min: 3, max: 6 },
      every: 20,
      lastLine: 'end',
    },
    upload: {
      path: '/upload',
      status: 200,
      bytes: { min: 1_000, max: 8_000 },
      slowMs: { min: 50, max: 200 },
      sha256Field: 'sha256',
    },
    create: { path: '/things', status: 201, body: '{"name":"{id}"}', idField: 'id' },
  },
}

export interface SelfTestServer {
  readonly port: number
  readonly server: Server
  close(): void
}

/** Short, so that idle connections cover the range of pauses within a second. */
const KEEP_ALIVE = 2_000

/** Starts a server without faults. */
export async function startServer(): Promise<SelfTestServer> {
  const server = createServer({ keepAliveTimeout: KEEP_ALIVE }, (request, response) => {
    const id = request.headers['x-request-id']
    if (typeof id === 'string') response.setHeader('X-Request-Id', id)
    // The proxy may have cut the connection off.
    answer(request, response).catch(() => response.destroy())
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(0, '127.0.0.1', resolve)
  })
  return {
    server,
    port: (server.address() as AddressInfo).port,
    close: () => {
      server.close()
      server.closeAllConnections()
    },
  }
}

async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { pathname, searchParams } = new URL(request.url ?? '/', 'http://self-test')
  const number = (name: string): number => Number(searchParams.get(name))
  const hash = createHash('sha256')
  for await (const chunk of request as AsyncIterable<Buffer>) hash.update(chunk)
  switch (pathname) {
    case '/work':
      await sleep(number('ms'))
      return json(response, 200, { ms: number('ms') })
    case '/stream':
      for (let index = 0; index < number('chunks'); index += 1) {
        response.write(`${index}\n`)
        // oxlint-disable-next-line no-await-in-loop -- the pauses are the purpose
        await sleep(number('every'))
      }
      response.end('end\n')
      return undefined
    case '/upload':
      return json(response, 200, { sha256: hash.digest('hex') })
    case '/things':
      return json(response, 201, { id: request.headers['x-request-id'] })
    default:
      return json(response, 200, { answer: 42 })
  }
}

function json(response: ServerResponse, status: number, value: unknown): void {
  const body = JSON.stringify(value)
  response.writeHead(status, { 'Content-Type': 'application/json', 'Content-Length': body.length }).end(body)
}
