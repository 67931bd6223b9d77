import { createServer } from 'node:net'
import type { AddressInfo, Server, Socket } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import { CLIENT_CLASSES } from '../../src/clients/index.ts'
import { IDLE_MARGIN } from '../../src/clients/sending/pool.ts'
import { load } from '../fixtures/load.ts'

interface Heard {
  /** How long the connection had been idle when a request arrived, by the server's clock. */
  readonly idleMs: number[]
  /** Requests on a connection whose last answer had Connection: close. */
  afterClose: number
  connections: number
}

let server: Server | undefined
afterEach(() => void server?.close())

/**
 * Answers each request with the headers of the test, and records when the next one arrives. `afterAnswer` runs when the response is
 * written, and before its client reads it.
 */
async function listen(headers: string, afterAnswer = (): void => {}): Promise<{ url: string; heard: Heard }> {
  const heard: Heard = { idleMs: [], afterClose: 0, connections: 0 }
  server = createServer((socket) => {
    heard.connections += 1
    let answeredAt: number | undefined
    socket.on('error', () => undefined)
    socket.on('data', (bytes) => {
      const ids = [...bytes.toString('latin1').matchAll(/^X-Request-Id: (.*)\r$/gm)]
      if (answeredAt !== undefined) {
        heard.idleMs.push(performance.now() - answeredAt)
        if (headers.includes('close')) heard.afterClose += 1
      }
      for (const [, id] of ids) {
        socket.write(`HTTP/1.1 200 OK\r\nX-Request-Id: ${id}\r\n${headers}\r\nContent-Length: 2\r\n\r\n{}`)
      }
      answeredAt = performance.now()
      afterAnswer()
    })
  })
  await new Promise<void>((resolve) => void server?.listen(0, '127.0.0.1', resolve))
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, heard }
}

const READERS = CLIENT_CLASSES.filter(({ name }) => ['keep-alive', 'idle-keep-alive', 'pipelined'].includes(name))

describe('a client with keep-alive connections', () => {
  it.each(READERS)('$name sends nothing after Connection: close', async (client) => {
    const { url, heard } = await listen('Connection: close')
    const enough = (): boolean => heard.connections > 10
    const { summary } = await load({ url, clients: [client], rate: 90, enough })
    expect(heard.afterClose).toBe(0)
    expect(heard.connections).toBeGreaterThan(10)
    expect(summary.outcomes.answered + summary.outcomes['not-processed']).toBe(summary.attempts)
  })

  it.each(READERS)('$name uses no connection that was idle for the promised time', async (client) => {
    const { url, heard } = await listen('Connection: keep-alive\r\nKeep-Alive: timeout=2')
    // Slow enough that connections would stay idle for more than two seconds.
    const { summary } = await load({ url, clients: [client], rate: 4, ms: 6_000 })
    expect(summary.outcomes.answered).toBe(summary.attempts)
    expect(Math.max(0, ...heard.idleMs)).toBeLessThan(2_000)
  })

  it('idle-keep-alive counts from its request when this machine read the response late', async () => {
    const client = CLIENT_CLASSES.filter(({ name }) => name === 'idle-keep-alive')
    const { url, heard } = await listen('Connection: keep-alive\r\nKeep-Alive: timeout=2', () => {
      const until = performance.now() + (heard.idleMs.length % 5 === 0 ? 600 : 0)
      while (performance.now() < until);
    })
    const enough = (): boolean => heard.idleMs.length > 20
    await load({ url, clients: client, rate: 4, ms: 6_000, enough })
    expect(Math.max(0, ...heard.idleMs)).toBeLessThan(2_000)
  })

  it('new-connection closes a connection that the server keeps open', async () => {
    const client = CLIENT_CLASSES.find(({ name }) => name === 'new-connection')
    const { url } = await listen('Connection: keep-alive')
    await load({ url, clients: client ? [client] : [], rate: 50 })
    const open = await new Promise((resolve) => void server?.getConnections((_, count) => resolve(count)))
    expect(open).toBe(0)
  })

  it('idle-keep-alive keeps its rate with a server that closes every connection', async () => {
    const client = CLIENT_CLASSES.filter(({ name }) => name === 'idle-keep-alive')
    const { url } = await listen('Connection: close')
    server?.on('connection', (socket: Socket) => socket.once('data', () => socket.end()))
    const { summary } = await load({ url, clients: client, rate: 20, ms: 3_000 })
    // 45 loops: two requests each to notice, then one every 2.25 s.
    expect(summary.attempts).toBeLessThanOrEqual(3 * 45)
    expect(summary.outcomes.answered).toBe(summary.attempts)
  })

  it('idle-keep-alive keeps its rate with a server that refuses every connection', async () => {
    const client = CLIENT_CLASSES.filter(({ name }) => name === 'idle-keep-alive')
    const { url } = await listen('Connection: close')
    await new Promise((resolve) => server?.close(resolve))
    const { summary } = await load({ url, clients: client, rate: 20, ms: 3_000 })
    // As above.
    expect(summary.attempts).toBeLessThanOrEqual(3 * 45)
    expect(summary.outcomes.refused).toBe(summary.attempts)
  })

  it('idle-keep-alive spreads its pauses over the promised time, minus the margin', async () => {
    const client = CLIENT_CLASSES.find(({ name }) => name === 'idle-keep-alive')
    const { url, heard } = await listen('Connection: keep-alive\r\nKeep-Alive: timeout=3')
    const enough = (): boolean => heard.idleMs.length > 100
    await load({ url, clients: client ? [client] : [], rate: 20, ms: 8_000, enough })
    const longest = 3_000 - IDLE_MARGIN
    const quarters = [0, 0, 0, 0]
    for (const idle of heard.idleMs) {
      const quarter = Math.min(3, Math.floor((idle / longest) * 4))
      quarters[quarter] = (quarters[quarter] ?? 0) + 1
    }
    expect(Math.min(...quarters)).toBeGreaterThan(heard.idleMs.length / 8)
  })
})
