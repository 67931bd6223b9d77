import { createServer } from 'node:net'
import type { AddressInfo, Server, Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, describe, expect, it } from 'vitest'
import { Connection } from '../../../../src/base/wire/http1/connection.ts'
import type { ConnectionEvents } from '../../../../src/base/wire/http1/connection.ts'
import type { Exchange } from '../../../../src/base/wire/http1/exchange.ts'
import { parseOrigin } from '../../../../src/base/wire/http1/origin.ts'
import { classifyError } from '../../../../src/base/wire/http1/socket-failure.ts'
import type { ExchangeFailure } from '../../../../src/base/wire/http1/socket-failure.ts'

let server: Server | undefined
afterEach(() => void server?.close())

async function serve(onRequest: (socket: Socket, text: string) => void): Promise<string> {
  server = createServer((socket) => {
    socket.on('error', () => undefined)
    socket.on('data', (bytes) => onRequest(socket, bytes.toString('latin1')))
  })
  await new Promise<void>((resolve) => void server?.listen(0, '127.0.0.1', resolve))
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

const connect = (url: string, events?: ConnectionEvents): Connection =>
  new Connection(parseOrigin(url), { connectTimeoutMs: 5_000 }, events)

/** A request with a promise for its end. */
function get(): { exchange: Exchange; end: Promise<string> } {
  let settle: ((end: string) => void) | undefined
  const end = new Promise<string>((resolve) => {
    settle = resolve
  })
  const exchange: Exchange = {
    head: 'GET / HTTP/1.1\r\nHost: x\r\n\r\n',
    owns: () => true,
    answered: ({ head, body }) => settle?.(`${head.status} ${body.toString()}`),
    failed: ({ outcome }: ExchangeFailure) => settle?.(outcome),
  }
  return { exchange, end }
}

const OK = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n'

describe('a connection', () => {
  it('carries nothing after Connection: close, and knows the idle time from Keep-Alive', async () => {
    let answer = `${OK}Connection: keep-alive\r\nKeep-Alive: max=5, timeout=7\r\n\r\nok`
    const connection = connect(await serve((socket) => void socket.write(answer)))
    const first = get()
    connection.send(first.exchange)
    expect(await first.end).toBe('200 ok')
    expect(connection).toMatchObject({ idle: true, keepAliveMs: 7_000, answers: 1 })
    answer = `${OK}Connection: Close\r\n\r\nok`
    const second = get()
    connection.send(second.exchange)
    expect(await second.end).toBe('200 ok')
    expect(connection).toMatchObject({ idle: false, closed: true, keepAliveMs: undefined })
  })

  it('distinguishes requests pipelined after a close from lost ones', async () => {
    const connection = connect(await serve((socket) => void socket.end(`${OK}Connection: close\r\n\r\nok`)))
    const requests = [get(), get(), get()]
    connection.send(...requests.map(({ exchange }) => exchange))
    expect(await Promise.all(requests.map(({ end }) => end))).toEqual(['200 ok', 'not-processed', 'not-processed'])
  })

  it('treats a body that ends with the connection as its last answer', async () => {
    const connection = connect(await serve((socket) => void socket.end('HTTP/1.1 200 OK\r\n\r\nok')))
    const requests = [get(), get()]
    connection.send(...requests.map(({ exchange }) => exchange))
    expect(await Promise.all(requests.map(({ end }) => end))).toEqual(['200 ok', 'not-processed'])
  })

  it('loses requests pipelined after an answer without Connection: close', async () => {
    const connection = connect(await serve((socket) => void socket.end(`${OK}\r\nok${OK}\r\no`)))
    const requests = [get(), get(), get()]
    connection.send(...requests.map(({ exchange }) => exchange))
    expect(await Promise.all(requests.map(({ end }) => end))).toEqual(['200 ok', 'truncated', 'closed'])
  })

  it('sends pipelined requests together', async () => {
    const segments: string[] = []
    const url = await serve((socket, text) => {
      segments.push(text)
      if (segments.length === 1) socket.write(`${OK}\r\nok`)
      else socket.end()
    })
    const first = get()
    const connection = connect(url)
    connection.send(first.exchange)
    await first.end
    const requests = [get(), get(), get()]
    connection.send(...requests.map(({ exchange }) => exchange))
    await Promise.all(requests.map(({ end }) => end))
    expect(segments.map((text) => text.match(/GET/g)?.length)).toEqual([1, 3])
  })

  it('reports an idle connection that the server closed before the promised time, and no other', async () => {
    const early: number[] = []
    const events: ConnectionEvents = { closedEarly: (_, promised) => void early.push(promised) }
    const answer = `${OK}Keep-Alive: timeout=5\r\n\r\nok`
    const url = await serve((socket) => {
      socket.write(answer)
      setTimeout(() => socket.end(), 30)
    })
    const { exchange, end } = get()
    const connection = connect(url, events)
    connection.send(exchange)
    expect(await end).toBe('200 ok')
    await sleep(200)
    expect(early).toEqual([5_000])
    expect(connection.idle).toBe(false)
  })

  it('handles socket events before it gives up, after this process was stalled', async () => {
    const url = await serve((socket) => void socket.write(`${OK}\r\nok`))
    const { exchange, end } = get()
    // After this turn of the event loop, timers run first, then sockets.
    await new Promise((resolve) => void setImmediate(resolve))
    const connection = new Connection(parseOrigin(url), { connectTimeoutMs: 50 })
    connection.send(exchange)
    const stalledUntil = performance.now() + 150
    while (performance.now() < stalledUntil);
    expect(await end).toBe('200 ok')
    connection.end()
  })

  it('stops sending a body in parts if the answer comes early', async () => {
    let bytes = 0
    const url = await serve((socket, text) => {
      if (bytes === 0) socket.write(`HTTP/1.1 413 Too Large\r\nContent-Length: 0\r\n\r\n`)
      bytes += text.length
    })
    const { exchange, end } = get()
    const parts = Array.from({ length: 10 }, () => Buffer.from('x'))
    const connection = connect(url)
    connection.send({ ...exchange, body: { parts, everyMs: 20 } })
    expect(await end).toBe('413 ')
    expect(connection.idle).toBe(false)
  })
})

describe('socket errors', () => {
  it.each([
    ['ECONNREFUSED', false, 'before-head', 'refused'],
    ['EHOSTUNREACH', false, 'before-head', 'unreachable'],
    ['ENOTFOUND', false, 'before-head', 'unreachable'],
    ['ECONNRESET', false, 'before-head', 'reset'],
    ['ECONNRESET', true, 'inside-head', 'reset'],
    ['ECONNRESET', true, 'inside-body', 'truncated'],
    ['EPIPE', true, 'before-head', 'reset'],
    ['ETIMEDOUT', true, 'inside-body', 'truncated'],
    ['EMFILE', false, 'before-head', 'harness-fault'],
    ['EADDRNOTAVAIL', false, 'before-head', 'harness-fault'],
    ['EAI_AGAIN', false, 'before-head', 'harness-fault'],
    ['ENETDOWN', false, 'before-head', 'harness-fault'],
    ['ENETDOWN', true, 'inside-body', 'harness-fault'],
    ['ESOMETHING', true, 'before-head', 'unclassified'],
  ] as const)('%s (connected: %s, %s) is %s', (code, connected, cutOff, outcome) => {
    expect(classifyError(Object.assign(new Error(code), { code }), connected, cutOff).outcome).toBe(outcome)
  })
})
