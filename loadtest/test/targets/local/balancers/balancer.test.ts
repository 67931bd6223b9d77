import { once } from 'node:events'
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { createRandom } from '../../../../src/base/random.js'
import { createBalancer, type Balancer } from '../../../../src/targets/local/balancers/balancer.js'
import type { Endpoint } from '../../../../src/targets/local/balancers/endpoints.js'
import type { RefusedConnection, RoutedConnection } from '../../../../src/targets/target.js'

/** Long enough for a busy machine. */
const WAIT = { timeout: 60_000 }

const MEGABYTE = 1_048_576

/** The observations of a backend, by connection. */
interface Seen {
  received: number
  ended: boolean
  error: string | undefined
}

interface Backend {
  readonly server: Server
  readonly endpoint: Endpoint
  readonly seen: Seen[]
  readonly sockets: Set<Socket>
}

const backends: Backend[] = []
let balancer: Balancer
let refused: RefusedConnection[] = []
let routed: RoutedConnection[] = []

beforeEach(async () => {
  refused = []
  routed = []
  balancer = await createBalancer(createRandom(1), {
    address: '127.0.0.1',
    onRefused: (connection) => refused.push(connection),
    onRouted: (connection) => routed.push(connection),
  })
})
afterEach(async () => {
  await balancer.close()
  for (const { server, sockets } of backends.splice(0)) {
    for (const socket of sockets) socket.destroy()
    server.close()
  }
})

/** Passes each connection to `handle` after its first line has arrived. */
async function backend(pod: string, handle: (socket: Socket, line: string, seen: Seen) => void): Promise<Backend> {
  const seen: Seen[] = []
  const sockets = new Set<Socket>()
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    sockets.add(socket)
    const one: Seen = { received: 0, ended: false, error: undefined }
    seen.push(one)
    let line = ''
    socket.on('data', (chunk) => {
      one.received += chunk.length
      if (line.endsWith('\n')) return
      line += chunk.toString('latin1', 0, Math.min(chunk.length, 40))
      if (!line.includes('\n')) return
      line = `${line.split('\n')[0]}\n`
      handle(socket, line.trim(), one)
    })
    socket.on('end', () => {
      one.ended = true
    })
    socket.on('error', (error: NodeJS.ErrnoException) => {
      one.error = error.code
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const made = { server, seen, sockets, endpoint: { pod, port, ready: true, serving: true, terminating: false } }
  backends.push(made)
  return made
}

interface Result {
  readonly received: number
  readonly ended: boolean
  readonly error: string | undefined
}

/** A client with its own connection: sends data, reads at its own pace, and returns how the connection ended. */
async function exchange(line: string, { body = 0, end = true, pauseMs = 0 } = {}): Promise<Result> {
  const socket = connect({ port: Number(new URL(balancer.url).port), host: '127.0.0.1', allowHalfOpen: true })
  let received = 0
  let ended = false
  let error: string | undefined
  socket.on('error', (reason: NodeJS.ErrnoException) => {
    error = reason.code
  })
  socket.on('end', () => {
    ended = true
    if (!end) socket.end()
  })
  socket.write(`${line}\n`)
  if (body > 0) socket.write(Buffer.alloc(body, 'x'))
  if (end) socket.end()
  const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()))
  if (pauseMs > 0) {
    socket.pause()
    await sleep(pauseMs)
  }
  socket.on('data', (chunk) => {
    received += chunk.length
  })
  socket.resume()
  await closed
  return { received, ended, error }
}

/** Runs many clients at once and returns the unexpected results. */
async function odd(count: number, one: (index: number) => Promise<Result>, expected: Result): Promise<Result[]> {
  const results = await Promise.all(Array.from({ length: count }, (_, index) => one(index)))
  expect(results.length).toBe(count)
  return results.filter((result) => JSON.stringify(result) !== JSON.stringify(expected))
}

const answered = (received: number): Result => ({ received, ended: true, error: undefined })

/** Answers `send N` with N bytes and a FIN, and `count` with the number of bytes after the FIN of the client. */
function serve(socket: Socket, line: string, seen: Seen): void {
  const [word, size] = line.split(' ')
  if (word === 'send') socket.end(Buffer.alloc(Number(size), 'y'))
  if (word === 'count') socket.once('end', () => socket.end(String(seen.received).padStart(10)))
}

describe('no byte is lost or added under stress', () => {
  test('500 short connections at once', async () => {
    balancer.route([(await backend('a', serve)).endpoint, (await backend('b', serve)).endpoint])
    expect(await odd(500, () => exchange('send 100'), answered(100))).toEqual([])
    expect(backends.map(({ seen }) => seen.length > 150)).toEqual([true, true])
    const reported = ['a', 'b'].map((pod) => routed.filter((each) => each.pod === pod).length)
    expect(reported).toEqual(backends.map(({ seen }) => seen.length))
    expect(new Set(routed.map(({ clientPort }) => clientPort)).size).toBe(500)
    expect(backends.flatMap(({ seen }) => seen).every(({ ended, error }) => ended && error === undefined)).toBe(true)
  })

  test('60 uploads of a megabyte, each ended by the client with a FIN before the answer', async () => {
    const { endpoint, seen } = await backend('a', serve)
    balancer.route([endpoint])
    expect(await odd(60, () => exchange('count', { body: MEGABYTE }), answered(10))).toEqual([])
    expect(seen.map(({ received }) => received)).toEqual(seen.map(() => MEGABYTE + 'count\n'.length))
  })

  test('60 downloads of two megabytes to slow readers', async () => {
    balancer.route([(await backend('a', serve)).endpoint])
    expect(
      await odd(60, (index) => exchange(`send ${2 * MEGABYTE}`, { pauseMs: index * 5 }), answered(2 * MEGABYTE)),
    ).toEqual([])
  })

  test('the server ends its side first and still receives what the client sends after that', async () => {
    const { endpoint, seen } = await backend('a', serve)
    balancer.route([endpoint])
    const results = await Promise.all(
      Array.from({ length: 50 }, async () => {
        const socket = connect({ port: Number(new URL(balancer.url).port), host: '127.0.0.1', allowHalfOpen: true })
        socket.write('send 5\n')
        socket.resume()
        await once(socket, 'end')
        socket.end(Buffer.alloc(100_000, 'z'))
        await once(socket, 'close')
      }),
    )
    await expect.poll(() => seen.filter(({ ended }) => ended).length, WAIT).toBe(results.length)
    expect(seen.map(({ received }) => received)).toEqual(seen.map(() => 100_000 + 'send 5\n'.length))
  })
})

describe('the end of a connection reaches the other side unchanged', () => {
  test('a reset by the server, after the bytes before it', async () => {
    const { endpoint } = await backend('a', (socket) =>
      socket.write('partial', () => setTimeout(() => socket.resetAndDestroy(), 20)),
    )
    balancer.route([endpoint])
    expect(
      await odd(50, () => exchange('go', { end: false }), { received: 7, ended: false, error: 'ECONNRESET' }),
    ).toEqual([])
  })

  test('a reset by the client', async () => {
    const { endpoint, seen } = await backend('a', (socket) => socket.write('ready'))
    balancer.route([endpoint])
    for (let index = 0; index < 20; index += 1) {
      const socket = connect({ port: Number(new URL(balancer.url).port), host: '127.0.0.1' })
      socket.write('go\n')
      // oxlint-disable-next-line no-await-in-loop -- one connection after the other
      await once(socket, 'data')
      socket.resetAndDestroy()
    }
    await expect.poll(() => seen.map(({ error }) => error), WAIT).toEqual(seen.map(() => 'ECONNRESET'))
    expect(seen.length).toBe(20)
  })

  test('a FIN by the server without an answer', async () => {
    balancer.route([(await backend('a', (socket) => socket.end())).endpoint])
    expect(await odd(50, () => exchange('go', { end: false }), answered(0))).toEqual([])
  })
})

async function ask(socket: Socket): Promise<string> {
  socket.write('who\n')
  const [chunk] = (await once(socket, 'data')) as [Buffer]
  return chunk.toString()
}

/** Answers every line with the name of the backend. */
function echo(socket: Socket): void {
  socket.on('data', () => socket.write(backends.find(({ sockets }) => sockets.has(socket))?.endpoint.pod ?? ''))
}

describe('routing', () => {
  test('an open connection stays with its pod, and a new one goes to a present endpoint', async () => {
    const [a, b] = [await backend('a', echo), await backend('b', echo)]
    const port = Number(new URL(balancer.url).port)
    balancer.route([a.endpoint])
    const old = connect({ port, host: '127.0.0.1' })
    old.write('hello\n')
    await once(old, 'connect')
    await expect.poll(() => a.sockets.size, WAIT).toBe(1)
    expect(await ask(old)).toBe('a')
    balancer.route([b.endpoint])
    const fresh = connect({ port, host: '127.0.0.1' })
    fresh.write('hello\n')
    await once(fresh, 'connect')
    await expect.poll(() => b.sockets.size, WAIT).toBe(1)
    expect(await ask(fresh)).toBe('b')
    expect(await ask(old)).toBe('a')
    old.destroy()
    fresh.destroy()
  })

  test('without a listening pod the client sees a reset, which is reported', async () => {
    const { server, endpoint } = await backend('dead', serve)
    await new Promise((resolve) => server.close(resolve))
    const reset: Result = { received: 0, ended: false, error: 'ECONNRESET' }
    balancer.route([endpoint])
    expect(await odd(30, () => exchange('send 1', { end: false }), reset)).toEqual([])
    balancer.route([])
    expect(await odd(30, () => exchange('send 1', { end: false }), reset)).toEqual([])
    expect(refused.map(({ pod, through }) => [pod, through])).toEqual([
      ...Array.from({ length: 30 }, () => ['dead', balancer.url]),
      ...Array.from({ length: 30 }, () => [undefined, balancer.url]),
    ])
    expect(new Set(refused.map(({ clientPort }) => clientPort)).size).toBe(60)
  })
})
