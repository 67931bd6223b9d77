import type { ServerResponse } from 'node:http'
import { afterEach, describe, expect, it } from 'vitest'
import type { Outcome } from '../../src/base/attempt.ts'
import { CLIENT_CLASSES } from '../../src/clients/index.ts'
import { anyService } from '../../src/inputs/profile/any-service.ts'
import { http2Profile } from '../fixtures/http2-service.ts'
import { load, WIDE } from '../fixtures/load.ts'
import { startService } from '../fixtures/service.ts'
import type { Fault, Service, ServiceOptions } from '../fixtures/service.ts'

const running: Service[] = []
const start = async (options?: ServiceOptions): Promise<Service> => {
  const service = await startService(options)
  running.push(service)
  return service
}
afterEach(async () => {
  await Promise.all(running.splice(0).map((service) => service.close()))
})

const classNamed = (name: string): (typeof CLIENT_CLASSES)[number] => {
  const found = CLIENT_CLASSES.find((client) => client.name === name)
  if (!found) throw new Error(`no client class ${name}`)
  return found
}

const head = (id: unknown, rest: string): string => `HTTP/1.1 200 OK\r\nX-Request-Id: ${String(id)}\r\n${rest}\r\n\r\n`

/** Returns the expected status of a request. */
const withStatus: (...args: Parameters<Fault>) => ServerResponse = ({ url }, response) =>
  response.writeHead(url === '/notices' ? 201 : 200)

/** Each fault, and its outcome for every client class. */
const FAULTS: readonly { readonly name: string; readonly outcome: Outcome; readonly fault: Fault }[] = [
  { name: 'FIN instead of a response', outcome: 'closed', fault: ({ socket }) => void socket.end() },
  { name: 'RST instead of a response', outcome: 'reset', fault: ({ socket }) => void socket.resetAndDestroy() },
  {
    name: 'FIN inside the response head',
    outcome: 'closed',
    fault: ({ socket }) => void socket.end('HTTP/1.1 200 OK\r\nContent-'),
  },
  {
    name: 'a body cut short of its Content-Length',
    outcome: 'truncated',
    fault: ({ socket, headers }) => void socket.end(`${head(headers['x-request-id'], 'Content-Length: 100')}{"half":`),
  },
  {
    name: 'a chunked body without its last chunk',
    outcome: 'truncated',
    fault: ({ socket, headers }) =>
      void socket.end(`${head(headers['x-request-id'], 'Transfer-Encoding: chunked')}4\r\n0\n1\n\r\n`),
  },
  {
    name: 'RST inside a body',
    outcome: 'truncated',
    fault: ({ socket, headers }) => {
      socket.write(`${head(headers['x-request-id'], 'Content-Length: 100')}{`)
      setTimeout(() => socket.resetAndDestroy(), 50)
    },
  },
  {
    name: 'a body that ends whole for HTTP but lacks what was asked for',
    outcome: 'wrong-body',
    fault: (request, response) => void withStatus(request, response).end('{"half":'),
  },
  {
    name: "another request's answer",
    outcome: 'wrong-body',
    fault: (request, response) =>
      void withStatus(request, response.setHeader('X-Request-Id', 'somebody-else')).end('{}'),
  },
  {
    name: 'bytes that are not HTTP',
    outcome: 'wrong-body',
    fault: ({ socket }) => void socket.end('SSH-2.0-OpenSSH\r\n'),
  },
  { name: 'a 503', outcome: '5xx', fault: (_, response) => void response.writeHead(503).end('{}') },
  { name: 'a 404', outcome: '4xx', fault: (_, response) => void response.writeHead(404).end('{}') },
]

/** In two languages by turns. */
let greeted = 0
const greet: Fault = (_, response) => {
  greeted += 1
  response.end(JSON.stringify({ greeting: greeted % 2 === 1 ? 'hello' : 'bonjour' }))
}

/** The classes with one HTTP/1.1 request for each attempt. Other test files cover the others. */
const PLAIN = CLIENT_CLASSES.filter(({ probe }) => !probe)
const SINGLE = PLAIN.filter(({ name }) => name !== 'pipelined')

describe('planted faults', () => {
  it.each(FAULTS)('$name is $outcome for every client class', async ({ outcome, fault }) => {
    const found = await Promise.all(
      SINGLE.map(async ({ name, ...client }) => {
        const service = await start({ fault, every: 5 })
        const { summary } = await load({ url: service.url, clients: [{ name, ...client }], rate: 40 })
        const { planted, seen } = service
        const { outcomes, attempts, drops } = summary
        return { name, planted, seen: seen.length, attempts, found: outcomes[outcome], drops }
      }),
    )
    expect(found).toEqual(
      found.map(({ name, planted, seen }) => ({ name, planted, seen, attempts: seen, found: planted, drops: planted })),
    )
    expect(found.filter(({ planted }) => planted < 3)).toEqual([])
  })

  it('a complete body without the required text is wrong-body', async () => {
    const service = await start({ every: 1, fault: greet })
    const { summary } = await load({
      url: service.url,
      clients: [classNamed('keep-alive')],
      profile: anyService('/', 'hello'),
      rate: 60,
    })
    const { outcomes, attempts, drops } = summary
    expect(attempts).toBe(service.seen.length)
    expect([outcomes['wrong-body'], drops]).toEqual([Math.floor(attempts / 2), Math.floor(attempts / 2)])
    expect(drops).toBeGreaterThan(3)
    expect(summary.failures[0]?.ending.detail).toBe(
      String.raw`the body does not contain "hello": "{\"greeting\":\"bonjour\"}"`,
    )
  })

  it.each(FAULTS.slice(0, 2))('pipelined: $name also ends the requests after it', async ({ outcome, fault }) => {
    const service = await start({ fault, every: 7 })
    const { summary } = await load({ url: service.url, clients: [classNamed('pipelined')], rate: 90 })
    expect(summary.outcomes[outcome]).toBeGreaterThanOrEqual(service.planted)
    expect(summary.outcomes[outcome]).toBe(summary.drops)
  })
})

/** Sends the answer, and again after `ms`. */
const twice =
  (after: number): Fault =>
  ({ socket, headers }, response) => {
    const again = (): void => void socket.write(`${head(headers['x-request-id'], 'Content-Length: 2')}{}`)
    if (after === 0) response.once('finish', again)
    else setTimeout(again, after)
    response.end('{}')
  }

const twiceThenClosed: Fault = ({ socket, headers }) => {
  const text = `${head(headers['x-request-id'], 'Content-Length: 2\r\nConnection: close')}{}`
  socket.write(text)
  setTimeout(() => socket.end(text), 20)
}

describe('more answers than requests', () => {
  it.each([0, 30])('on a busy keep-alive connection, the second one %i ms later', async (after) => {
    const service = await start({ fault: twice(after), every: 40 })
    const { summary } = await load({ url: service.url, clients: [classNamed('keep-alive')], rate: 200 })
    expect(summary.outcomes).toMatchObject({ duplicated: service.planted, 'wrong-body': 0 })
    expect(summary.outcomes.answered).toBe(summary.attempts - service.planted)
  })

  it('on a connection that closes after one answer', async () => {
    const service = await start({ fault: twiceThenClosed, every: 9 })
    const { summary } = await load({
      url: service.url,
      clients: [classNamed('new-connection')],
      enough: () => service.planted > 2,
    })
    expect(service.planted).toBeGreaterThan(2)
    expect(summary.outcomes.duplicated).toBe(service.planted)
  })
})

describe('late or no answers', () => {
  it('an answer after the limit is timed-out', async () => {
    const service = await start({ fault: (_, response) => void setTimeout(() => response.end('{}'), 6_000), every: 10 })
    const limits = { ...WIDE, answerMs: 2_000 }
    const { summary } = await load({ url: service.url, clients: [classNamed('keep-alive')], rate: 60, limits })
    expect(summary.outcomes).toMatchObject({ 'timed-out': service.planted })
    expect(summary.drops).toBe(service.planted)
  })

  it('a server that stopped listening is refused', async () => {
    const service = await start()
    await service.close()
    const { summary } = await load({
      url: service.url,
      clients: CLIENT_CLASSES,
      rate: 100,
      ms: 500,
      profile: http2Profile,
    })
    expect(summary.attempts).toBeGreaterThan(20)
    expect(summary.outcomes.refused).toBe(summary.attempts)
  })
})

describe('without a fault', () => {
  it('no class reports a fault', async () => {
    const found = await Promise.all(
      PLAIN.map(async (client) => {
        const service = await start()
        const { summary, notes } = await load({ url: service.url, clients: [client], rate: 60, ms: 1_500 })
        const { attempts, outcomes, failures } = summary
        const executed = new Set(service.seen).size
        return {
          name: client.name,
          attempts,
          answered: outcomes.answered,
          executed,
          failures,
          early: notes.closedEarly,
        }
      }),
    )
    expect(found).toEqual(
      found.map(({ name, attempts }) => ({
        name,
        attempts,
        answered: attempts,
        executed: attempts,
        failures: [],
        early: 0,
      })),
    )
    expect(found.filter(({ attempts }) => attempts < 10)).toEqual([])
  })

  it('a service that closes each connection after its answer drops nothing', async () => {
    const service = await start()
    service.server.on('request', (_, response) => void response.setHeader('Connection', 'close'))
    const { summary } = await load({ url: service.url, clients: SINGLE, rate: 200 })
    expect(summary.outcomes.answered).toBe(summary.attempts)
  })
})
