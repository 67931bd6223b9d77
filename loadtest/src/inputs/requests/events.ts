import type { Answer } from '../../base/wire/http1/exchange.js'
import type { EventsPath } from '../profile/profile.js'
import { readEventStream } from './event-stream.js'
import type { PlannedRequest } from './planned-request.js'

/** How an event stream that held no fault came to its end. */
export interface EventsEnd {
  /** Events in it. */
  readonly received: number
  /** How long its server wants its client to wait, in ms. */
  readonly retryMs: number | undefined
}

/** What is wanted of one stream. */
export interface WantedEvents {
  readonly count: number
  /** The number of the last event of the stream before, where this one goes on after it; else 0. */
  readonly after: number
  /** Told of an end that is in order: with all of them, or with fewer, where the server ended it early and whole. */
  readonly ended?: (end: EventsEnd) => void
}

/**
 * A stream of server-sent events. One that the server ends early is in order as long as it is whole: with its last chunk, and
 * with no event cut in two. Its client comes back by itself, as every EventSource does, and goes on after the event that it saw
 * last. Where the path holds no `{count}` the stream has no end, and the client leaves after as many as it wanted.
 */
export function planEvents(events: EventsPath, { count, after, ended }: WantedEvents): PlannedRequest {
  const endless = !events.path.includes('{count}')
  const seen = endless ? counter() : undefined
  return {
    method: 'GET',
    path: events.path.replaceAll('{count}', String(count)).replaceAll('{every}', String(events.every)),
    headers: { Accept: 'text/event-stream', ...(after > 0 ? { 'Last-Event-ID': String(after) } : {}) },
    status: events.status,
    expectedMs: count * events.every,
    ...(seen ? { take: (part: Buffer) => seen(part) >= count } : {}),
    verify: (answer) => {
      const stream = readEventStream(answer.body.toString('utf8'))
      const received = stream.ids.length
      const problem =
        problemOf(answer) ??
        (events.numbered ? outOfOrder(stream.ids, after) : undefined) ??
        (received > count && !endless ? `${received} events came where ${count} were asked for` : undefined) ??
        (stream.unfinished && !endless ? `the stream ended inside an event, after ${received}` : undefined)
      if (problem === undefined) ended?.({ received, retryMs: stream.retryMs })
      return problem
    },
  }
}

function problemOf({ head, body, bodyBytes }: Answer): string | undefined {
  const type = head.headers.get('content-type') ?? 'missing'
  if (!/^text\/event-stream\b/i.test(type)) return `Content-Type is ${JSON.stringify(type)}, not text/event-stream`
  return bodyBytes > body.length ? `the stream is too long to be read: ${bodyBytes} bytes` : undefined
}

/** Numbers that follow each other, from the one after `after`: what is missing or doubled was lost or sent twice. */
function outOfOrder(ids: readonly (string | undefined)[], after: number): string | undefined {
  const wrong = ids.findIndex((id, index) => id !== String(after + index + 1))
  if (wrong === -1) return undefined
  return `event ${after + wrong + 1} has the id ${JSON.stringify(ids[wrong] ?? null)}`
}

/** How many events have come so far, told part by part. */
function counter(): (part: Buffer) => number {
  let seen = 0
  let held = ''
  return (part) => {
    held = (held + part.toString('latin1')).replaceAll('\r\n', '\n')
    const end = held.lastIndexOf('\n\n') + 2
    if (end > 1) {
      seen += readEventStream(held.slice(0, end)).ids.length
      held = held.slice(end)
    }
    return seen
  }
}
