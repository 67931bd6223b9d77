import type { Header } from '../../base/wire/access.js'
import type { Answer } from '../../base/wire/http1/exchange.js'
import type { EventsPath } from '../profile/profile.js'
import { readEventStream } from './event-stream.js'
import type { PlannedRequest } from './planned-request.js'

/** The end of a correct event stream. */
export interface EventsEnd {
  /** The number of events. */
  readonly received: number
  /** The reconnection time that the server sent, in ms. */
  readonly retryMs: number | undefined
}

/** The part of a stream that a client wants. */
export interface WantedEvents {
  readonly count: number
  /** The number of the last event before a reconnection; 0 for a new stream. */
  readonly after: number
  /** Called at a correct end: with all events, or with fewer if the server ended the stream early and complete. */
  readonly ended?: (end: EventsEnd) => void
}

const ACCEPT: readonly Header[] = [['Accept', 'text/event-stream']]

/**
 * Plans a stream of server-sent events. The server may end the stream early if it is complete: with its last chunk, and without a
 * truncated event. The client then reconnects, as every EventSource does, and continues after the last event. Without `{count}` in
 * the path the stream has no end, and the client leaves after `count` events.
 */
export function planEvents(events: EventsPath, { count, after, ended }: WantedEvents): PlannedRequest {
  const endless = !events.path.includes('{count}')
  const seen = endless ? counter() : undefined
  let had = 0
  return {
    method: 'GET',
    path: events.path.replaceAll('{count}', String(count)).replaceAll('{every}', String(events.every)),
    headers: after > 0 ? [...ACCEPT, ['Last-Event-ID', String(after)]] : ACCEPT,
    status: events.status,
    expectedMs: count * events.every,
    // The first event may come at once, and a server may end a stream early.
    askedMs: () => Math.max(0, had - 1) * events.every,
    ...(seen ? { take: (part: Buffer) => seen(part) >= count } : {}),
    verify: (answer) => {
      const stream = readEventStream(answer.body.toString('utf8'))
      const received = stream.ids.length
      had = received
      const problem =
        problemOf(answer) ??
        (events.numbered ? outOfOrder(stream.ids, after) : undefined) ??
        (received > count && !endless ? `the stream has ${received} events instead of ${count}` : undefined) ??
        (stream.unfinished && !endless ? `the stream ended inside an event, after ${received}` : undefined)
      if (problem === undefined) ended?.({ received, retryMs: stream.retryMs })
      return problem
    },
  }
}

function problemOf({ head, body, bodyBytes }: Answer): string | undefined {
  const type = head.headers.get('content-type') ?? 'missing'
  if (!/^text\/event-stream\b/i.test(type)) return `Content-Type is ${JSON.stringify(type)}, not text/event-stream`
  return bodyBytes > body.length ? `the stream is too long: ${bodyBytes} bytes` : undefined
}

/** Returns the first id out of order, since a gap is a lost event and a repetition one that was sent twice. */
function outOfOrder(ids: readonly (string | undefined)[], after: number): string | undefined {
  const wrong = ids.findIndex((id, index) => id !== String(after + index + 1))
  if (wrong === -1) return undefined
  return `event ${after + wrong + 1} has the id ${JSON.stringify(ids[wrong] ?? null)}`
}

/** Counts the events of a stream as its parts arrive. */
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
