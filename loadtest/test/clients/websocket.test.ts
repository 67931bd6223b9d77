import type { Socket } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import type { WebSocket } from 'ws'
import type { Outcome } from '../../src/base/attempt.ts'
import { websocket } from '../../src/clients/classes/websocket.ts'
import type { LedgerSummary } from '../../src/ledger/ledger.ts'
import { load } from '../fixtures/load.ts'
import { echo, profile, startService } from '../fixtures/service.ts'
import type { Service, WebSocketHandlers } from '../fixtures/service.ts'

let service: Service | undefined
afterEach(async () => {
  await service?.close()
  service = undefined
})

async function loaded(webSockets: WebSocketHandlers, { rate = 60, ms = 1_500 } = {}): Promise<LedgerSummary> {
  service = await startService({ webSockets })
  return (await load({ url: service.url, clients: [websocket], rate, ms })).summary
}

const socketOf = (client: WebSocket): Socket => (client as unknown as { _socket: Socket })._socket

/** Counts attempts that are WebSockets, and attempts that are messages, by outcome. */
const failed = ({ failures }: LedgerSummary, method: string): Outcome[] =>
  failures.filter(({ attempt }) => attempt?.method === method).map(({ ending }) => ending.outcome)

/** Does this with every tenth message over all WebSockets, and counts the calls. */
function everyTenth(fault: (client: WebSocket, text: string) => void): WebSocketHandlers & { planted: () => number } {
  let [seen, planted] = [0, 0]
  return {
    planted: () => planted,
    message: (client, text) => {
      // A message that crossed the close frame of this server is not processed, so it carries no fault.
      if (client.readyState !== client.OPEN) return
      seen += 1
      if (seen % 10 !== 0) return echo(client, text)
      planted += 1
      fault(client, text)
    },
  }
}

describe('WebSockets without a fault', () => {
  it('messages are answered, sessions open and close, and no fault is reported', async () => {
    let opened = 0
    const summary = await loaded({ opened: () => void (opened += 1) })
    expect(opened).toBeGreaterThan(4)
    expect(summary.attempts).toBeGreaterThan(60)
    expect(summary.outcomes.answered).toBe(summary.attempts)
    expect(summary.pods['pod-1']?.answered).toBe(summary.attempts)
  })

  it.each([1_000, 1_001, 1_012])('the server closes with %i after all answers', async (code) => {
    const summary = await loaded(everyTenth((client, text) => client.send(text, () => client.close(code))))
    expect(summary.drops).toBe(0)
    expect(summary.outcomes.answered + summary.outcomes['not-processed']).toBe(summary.attempts)
    expect(failed(summary, 'WebSocket')).toEqual([])
  })

  it('messages that cross a close frame are not drops', async () => {
    // The server reads nothing after its close frame.
    const handlers = everyTenth((client, text) => {
      socketOf(client).pause()
      client.send(text)
      setTimeout(() => {
        client.close(1_001)
        setTimeout(() => socketOf(client).resume(), 20)
      }, 200)
    })
    const summary = await loaded(handlers, { rate: 120 })
    expect(summary.outcomes['not-processed']).toBeGreaterThan(3)
    expect(summary.drops).toBe(0)
    expect(failed(summary, 'WebSocket')).toEqual([])
  })
})

describe('the limit of the handshake', () => {
  it('does not end a session that the server is closing at that moment', async () => {
    let closed = 0
    // The limit is 800 ms. The client has the close frame after 600 ms, and the end of the connection after 1 s.
    const limits = { connectMs: 100, answerMs: 700 }
    const opened = (client: WebSocket): void => {
      setTimeout(() => {
        closed += 1
        socketOf(client).pause()
        socketOf(client).write(Buffer.from([0x88, 0x02, 0x03, 0xe9]))
        setTimeout(() => socketOf(client).resume(), 400)
      }, 600)
    }
    service = await startService({ webSockets: { opened } })
    const long = { ...profile.paths.websocket!, openMs: { min: 3_000, max: 3_000 } }
    const patient = { ...profile, paths: { ...profile.paths, websocket: long } }
    const options = { clients: [websocket], rate: 60, ms: 1_500, limits, profile: patient }
    const { summary } = await load({ url: service.url, ...options })
    expect(closed).toBeGreaterThan(1)
    expect(summary.drops).toBe(0)
    expect(failed(summary, 'WebSocket')).toEqual([])
  })
})

describe('WebSockets with a fault', () => {
  it.each<[string, Outcome, (client: WebSocket) => void]>([
    ['FIN without a close frame', 'closed', (client) => socketOf(client).end()],
    ['RST without a close frame', 'reset', (client) => socketOf(client).resetAndDestroy()],
    ['a close frame with 1011', '5xx', (client) => client.close(1_011)],
    ['a close frame with 1008', '4xx', (client) => client.close(1_008)],
    [
      'bytes that are not a frame',
      'wrong-body',
      (client) => socketOf(client).write('HTTP/1.1 400 Bad Request\r\n\r\n'),
    ],
  ])('%s is %s, for the session and its open messages', async (_, outcome, fault) => {
    const handlers = everyTenth(fault)
    const summary = await loaded(handlers)
    expect(handlers.planted()).toBeGreaterThan(3)
    expect(failed(summary, 'WebSocket')).toEqual(Array.from({ length: handlers.planted() }, () => outcome))
    expect(new Set(failed(summary, 'message'))).toEqual(new Set([outcome]))
    expect(failed(summary, 'message').length).toBeGreaterThanOrEqual(handlers.planted())
  })

  it('an idle session that ends without a close frame is detected', async () => {
    let messages = 0
    const summary = await loaded(
      {
        message: (client, text) => {
          echo(client, text)
          messages += 1
          if (messages % 5 === 0) setTimeout(() => socketOf(client).end(), 20)
        },
      },
      { rate: 10, ms: 3_000 },
    )
    expect(messages).toBeGreaterThan(9)
    expect(new Set(failed(summary, 'WebSocket'))).toEqual(new Set(['closed']))
  })

  it('a message that was read but not answered before an orderly close is a drop', async () => {
    const handlers = everyTenth((client) => void setTimeout(() => client.close(1_001), 30))
    const summary = await loaded(handlers)
    expect(failed(summary, 'message').filter((outcome) => outcome === 'closed')).toHaveLength(handlers.planted())
    expect(failed(summary, 'WebSocket')).toEqual([])
  })

  it('a wrong answer, a second answer and a missing answer are detected', async () => {
    const wrong = everyTenth((client, text) => client.send(`${text} `))
    const other = await loaded(wrong)
    expect([other.outcomes['wrong-body'], other.drops]).toEqual([wrong.planted(), wrong.planted()])
    await service?.close()

    const twice = everyTenth((client, text) => (client.send(text), client.send(text)))
    const doubled = await loaded(twice)
    expect([doubled.outcomes.duplicated, doubled.drops]).toEqual([twice.planted(), twice.planted()])
    await service?.close()

    const never = everyTenth(() => undefined)
    service = await startService({ webSockets: never })
    const limits = { connectMs: 5_000, answerMs: 1_000 }
    const { summary } = await load({ url: service.url, clients: [websocket], rate: 60, limits })
    expect(failed(summary, 'message')).toEqual(Array.from({ length: never.planted() }, () => 'timed-out'))
  })

  it.each<[string, Outcome, Parameters<typeof startService>[0]]>([
    ['a handshake that is answered with 503', '5xx', { fault: (_, response) => void response.writeHead(503).end() }],
    ['a handshake that is answered with 200', '4xx', {}],
    ['FIN before the answer', 'closed', { fault: ({ socket }) => void socket.end() }],
    ['RST before the answer', 'reset', { fault: ({ socket }) => void socket.resetAndDestroy() }],
    ['an answer that is not HTTP', 'wrong-body', { fault: ({ socket }) => void socket.end('SSH-2.0\r\n\r\n') }],
  ])('%s: %s', async (_, outcome, options) => {
    service = await startService({ every: 1, webSockets: false, ...options })
    const { summary } = await load({ url: service.url, clients: [websocket], rate: 30 })
    expect(summary.attempts).toBeGreaterThan(20)
    expect(summary.outcomes[outcome]).toBe(summary.attempts)
  })

  it('a server that does not listen is refused', async () => {
    service = await startService()
    await service.close()
    const { summary } = await load({ url: service.url, clients: [websocket], rate: 30 })
    expect(summary.outcomes.refused).toBe(summary.attempts)
    service = undefined
  })
})
