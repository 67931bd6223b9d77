import type { Socket } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import type { WebSocket } from 'ws'
import type { Outcome } from '../../../src/base/attempt.ts'
import { websocket } from '../../../src/clients/classes/websocket.ts'
import type { Profile } from '../../../src/inputs/profile/profile.ts'
import type { LedgerSummary } from '../../../src/ledger/ledger.ts'
import { load } from '../../fixtures/load.ts'
import type { LoadedFor } from '../../fixtures/load.ts'
import { echo, profile, startService } from '../../fixtures/service.ts'
import type { Service, WebSocketHandlers } from '../../fixtures/service.ts'

let service: Service | undefined
afterEach(async () => {
  await service?.close()
  service = undefined
})

async function loaded(
  webSockets: WebSocketHandlers & { planted?: () => number },
  how: Partial<LoadedFor> = {},
): Promise<LedgerSummary> {
  service = await startService({ webSockets })
  const { planted } = webSockets
  const enough = (attempts: number): boolean => (planted === undefined ? attempts > 60 : planted() > 3)
  return (await load({ url: service.url, clients: [websocket], rate: 60, ms: 1_500, enough, ...how })).summary
}

/** A profile whose clients keep each session open for `ms`. */
const keptOpen = (ms: number): Profile => ({
  ...profile,
  paths: { ...profile.paths, websocket: { ...profile.paths.websocket!, openMs: { min: ms, max: ms } } },
})

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

/** Makes the server send and execute nothing more. A write after its FIN would end in a reset. */
function silence(client: WebSocket): void {
  client.send = client.pong = () => undefined
}

/** Breaks the session of every tenth message. The server ignores the messages behind that one, so a session breaks once. */
function breakEveryTenth(fault: (client: WebSocket) => void): WebSocketHandlers & { planted: () => number } {
  const broken = new WeakSet<WebSocket>()
  const { planted, message } = everyTenth((client) => {
    broken.add(client)
    silence(client)
    fault(client)
  })
  return {
    planted,
    message: (client, text) => {
      if (!broken.has(client)) message?.(client, text)
    },
  }
}

/** The server reads the messages of the first 500 ms at once. */
function readLate(client: WebSocket): void {
  socketOf(client).pause()
  setTimeout(() => socketOf(client).resume(), 500)
}

describe('WebSockets without a fault', () => {
  it('messages are answered, sessions open and close, and no fault is reported', async () => {
    let opened = 0
    const summary = await loaded(
      { opened: () => void (opened += 1) },
      { enough: (attempts) => opened > 4 && attempts > 60 },
    )
    expect(opened).toBeGreaterThan(4)
    expect(summary.attempts).toBeGreaterThan(60)
    expect(summary.outcomes.answered).toBe(summary.attempts)
    expect(summary.pods['pod-1']?.answered).toBe(summary.attempts)
  })

  it('a server that reads a burst of messages at once answers all of them, although servers limit the pings of a client', async () => {
    let sent = 0
    const message = (client: WebSocket, text: string): void => {
      sent += 1
      echo(client, text)
    }
    const enough = (): boolean => sent > 400
    const summary = await loaded({ opened: readLate, message }, { rate: 500, profile: keptOpen(1_500), enough })
    expect(summary.outcomes.answered).toBe(summary.attempts)
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
    // The limit is 3.1 s. The client has the close frame after 2.6 s, and the end of the connection after 3.6 s.
    const limits = { connectMs: 100, answerMs: 3_000 }
    const opened = (client: WebSocket): void => {
      setTimeout(() => {
        closed += 1
        socketOf(client).pause()
        socketOf(client).write(Buffer.from([0x88, 0x02, 0x03, 0xe9]))
        setTimeout(() => socketOf(client).resume(), 1_000)
      }, 2_600)
    }
    service = await startService({ webSockets: { opened } })
    const enough = (): boolean => closed > 1
    const options = { clients: [websocket], rate: 60, ms: 1_500, enough, limits, profile: keptOpen(10_000) }
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
    const handlers = breakEveryTenth(fault)
    const summary = await loaded(handlers)
    expect(handlers.planted()).toBeGreaterThan(3)
    expect(failed(summary, 'WebSocket')).toEqual(Array.from({ length: handlers.planted() }, () => outcome))
    expect(new Set(failed(summary, 'message'))).toEqual(new Set([outcome]))
    const isCut = outcome === 'closed' || outcome === 'reset'
    expect(new Set(summary.failures.map(({ ending }) => ending.webSocket))).toEqual(
      new Set([isCut ? 'cut' : undefined]),
    )
    expect(failed(summary, 'message').length).toBeGreaterThanOrEqual(handlers.planted())
  })

  it('an idle session that ends without a close frame is detected', async () => {
    let [messages, ended] = [0, 0]
    const summary = await loaded(
      {
        message: (client, text) => {
          echo(client, text)
          messages += 1
          if (messages % 5 !== 0) return
          setTimeout(() => {
            if (client.readyState === client.OPEN) ended += 1
            silence(client)
            socketOf(client).end()
          }, 20)
        },
      },
      { rate: 10, ms: 3_000, profile: keptOpen(10_000), enough: () => ended > 3 },
    )
    expect(ended).toBeGreaterThan(3)
    expect(new Set(failed(summary, 'WebSocket'))).toEqual(new Set(['closed']))
  })

  it('a message that was read but not answered before an orderly close is a drop', async () => {
    const handlers = everyTenth((client) => void setTimeout(() => client.close(1_001), 30))
    const summary = await loaded(handlers)
    expect(failed(summary, 'message').filter((outcome) => outcome === 'closed')).toHaveLength(handlers.planted())
    expect(summary.failures.filter(({ ending }) => ending.webSocket === 'unanswered')).toHaveLength(handlers.planted())
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
