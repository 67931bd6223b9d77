import type { IncomingMessage, ServerResponse } from 'node:http'
import { afterEach, describe, expect, it } from 'vitest'
import type { Outcome } from '../../../src/base/attempt.ts'
import { events } from '../../../src/clients/classes/events.ts'
import { readEventStream } from '../../../src/inputs/requests/event-stream.ts'
import { load } from '../../fixtures/load.ts'
import { event, profile, startService } from '../../fixtures/service.ts'
import type { Fault, Service } from '../../fixtures/service.ts'

let service: Service | undefined
afterEach(async () => {
  await service?.close()
  service = undefined
})

const wanted = (request: IncomingMessage): number =>
  Number(new URL(request.url ?? '', 'http://fixture').searchParams.get('count'))
const seenBefore = (request: IncomingMessage): number => Number(request.headers['last-event-id'] ?? 0)

/** Sends the events with these numbers at once, and leaves the stream open. */
const send = (response: ServerResponse, ids: readonly number[]): ServerResponse => {
  response.writeHead(200, { 'Content-Type': 'text/event-stream' }).write(`retry: 20\n\n${ids.map(event).join('')}`)
  return response
}
const upTo = (count: number): number[] => Array.from({ length: count }, (_, index) => index + 1)

const FAULTS: readonly { readonly name: string; readonly outcome: Outcome; readonly fault: Fault }[] = [
  {
    name: 'cut by a FIN without the last chunk',
    outcome: 'truncated',
    fault: ({ socket }, response) => void (send(response, [1, 2]) && setTimeout(() => socket.end(), 30)),
  },
  {
    name: 'cut by a RST',
    outcome: 'truncated',
    fault: ({ socket }, response) => void (send(response, [1, 2]) && setTimeout(() => socket.resetAndDestroy(), 30)),
  },
  {
    name: 'ended inside an event',
    outcome: 'wrong-body',
    fault: (_, response) => void send(response, [1]).end('id: 2\ndata: {"num'),
  },
  { name: 'an event missing', outcome: 'wrong-body', fault: (_, response) => void send(response, [1, 3]).end() },
  { name: 'an event doubled', outcome: 'wrong-body', fault: (_, response) => void send(response, [1, 2, 2]).end() },
  {
    name: 'more events than asked for',
    outcome: 'wrong-body',
    fault: (request, response) => void send(response, upTo(wanted(request) + 1)).end(),
  },
  {
    name: 'another type',
    outcome: 'wrong-body',
    fault: (request, response) => void response.end(upTo(wanted(request)).map(event).join('')),
  },
]

describe('event streams', () => {
  it.each(FAULTS)('$name is $outcome, and no other request fails', async ({ fault, outcome }) => {
    service = await startService({ fault, every: 5 })
    const { summary } = await load({ url: service.url, clients: [events], rate: 40 })
    expect(service.planted).toBeGreaterThan(3)
    expect(summary.outcomes[outcome]).toBe(service.planted)
    expect(summary.drops).toBe(service.planted)
    expect(summary.outcomes.answered).toBe(summary.attempts - service.planted)
  })

  it('that end early but complete are answered, and the client reconnects after its last event', async () => {
    const asked: { after: number; count: number }[] = []
    service = await startService({
      every: 1,
      fault: (request, response) => {
        const after = seenBefore(request)
        asked.push({ after, count: wanted(request) })
        // Two events at a time, as if each server were shutting down.
        send(
          response,
          upTo(Math.min(2, wanted(request))).map((id) => after + id),
        ).end()
      },
    })
    const reconnects = () => asked.filter(({ after }) => after > 0)
    const enough = (): boolean => reconnects().length > 20
    const { summary, notes } = await load({ url: service.url, clients: [events], rate: 30, ms: 1_500, enough })
    expect(summary.outcomes.answered).toBe(summary.attempts)
    const back = reconnects()
    expect(back.length).toBeGreaterThan(20)
    expect(back.length).toBeLessThanOrEqual(notes.streamsEnded)
    expect(new Set(back.map(({ after }) => after % 2))).toEqual(new Set([0]))
    expect(Math.max(...asked.map(({ after, count }) => after + count))).toBeLessThanOrEqual(8)
  })

  it('that restart from the first event after a reconnect are duplicated', async () => {
    service = await startService({
      every: 1,
      fault: (request, response) => void send(response, upTo(Math.min(2, wanted(request)))).end(),
    })
    const { summary } = await load({ url: service.url, clients: [events], rate: 30, ms: 1_500 })
    const [first] = summary.failures
    expect(first?.ending).toMatchObject({ outcome: 'wrong-body', detail: 'event 3 has the id "1"' })
  })

  it('that end after the load has stopped are not continued', async () => {
    let reconnects = 0
    let held = 0
    service = await startService({
      every: 1,
      fault: (request, response) => {
        if (seenBefore(request) > 0) reconnects += 1
        else held += 1
        send(response, [seenBefore(request) + 1])
        setTimeout(() => response.end(), 400)
      },
    })
    // The load lasts 150 ms, so every stream ends after it.
    const { summary } = await load({ url: service.url, clients: [events], rate: 100, ms: 150 })
    expect(held).toBeGreaterThan(3)
    expect(reconnects).toBe(0)
    expect(summary.outcomes.answered).toBe(summary.attempts)
  })

  it('without an end are closed by the client, which is no fault', async () => {
    let sent = 0
    service = await startService({
      every: 1,
      fault: (_, response) => {
        send(response, [])
        let id = 0
        const timer = setInterval(() => void (response.write(event((id += 1))) && (sent += 1)), 10)
        response.once('close', () => clearInterval(timer))
      },
    })
    const { path: _, ...rest } = profile.paths.events ?? { path: '', status: 200, count: { min: 1, max: 1 } }
    const endless = {
      ...profile,
      paths: { ...profile.paths, events: { every: 20, numbered: true, ...rest, path: '/events' } },
    }
    const { summary, notes } = await load({ url: service.url, clients: [events], rate: 30, profile: endless })
    expect(summary.attempts).toBeGreaterThan(10)
    expect(summary.outcomes.answered).toBe(summary.attempts)
    expect(notes.streamsEnded).toBe(0)
    expect(sent).toBeLessThan(summary.attempts * 12)
  })
})

describe('the parser of event streams follows browsers', () => {
  it.each([
    ['', { ids: [], retryMs: undefined, unfinished: false }],
    ['retry: 50\n\n: hi\n\ndata: a\n\n', { ids: [undefined], retryMs: 50, unfinished: false }],
    ['id: 1\r\ndata: a\r\ndata: b\r\n\r\n', { ids: ['1'], retryMs: undefined, unfinished: false }],
    ['id:1\ndata\n\nid: 2\n\n', { ids: ['1'], retryMs: undefined, unfinished: false }],
    ['id: 1\ndata: a\n\nid: 2\ndata: b\n', { ids: ['1'], retryMs: undefined, unfinished: true }],
    ['data: a\n\ndat', { ids: [undefined], retryMs: undefined, unfinished: true }],
  ])('%j', (text, stream) => {
    expect(readEventStream(text)).toEqual(stream)
  })
})
