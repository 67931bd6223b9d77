import type { Response, Router } from 'express'
import { allowOnly } from '../middleware/allow-only.js'
import { wholeNumber } from '../query.js'

const HEARTBEAT = 15_000

/**
 * Adds `GET /events?count=N&every=MS`: server-sent events, one every MS milliseconds (default 1000), N of them or
 * without end. A client that reconnects with `Last-Event-ID` continues with the next number, on any pod. A comment
 * every 15 s keeps proxies from closing a quiet stream.
 */
export const eventRoutes = (router: Router, identity: { version: string; pod: string }): void => {
  router
    .route('/events')
    .get((request, response) => {
      const count = wholeNumber(request, 'count', { min: 1, max: 1_000_000, fallback: Number.POSITIVE_INFINITY })
      const every = wholeNumber(request, 'every', { min: 10, max: 600_000, fallback: 1_000 })
      response.writeHead(200, {
        'Content-Type': 'text/event-stream; charset=utf-8',
        'Cache-Control': 'no-cache, no-transform',
        // nginx buffers responses by default, which would delay the events.
        'X-Accel-Buffering': 'no',
      })
      if (request.method === 'HEAD') response.end()
      else send(response, { count, every, last: lastEventId(request.get('Last-Event-ID')), identity })
    })
    .all(allowOnly('GET', 'HEAD'))
}

interface Feed {
  count: number
  every: number
  /** The id of the last event that the client received. */
  last: number
  identity: { version: string; pod: string }
}

const send = (response: Response, { count, every, last, identity }: Feed): void => {
  let sent = 0
  // A slow reader misses events, so that they do not fill the memory.
  const ready = (): boolean => !response.writableEnded && !response.writableNeedDrain
  const emit = (): void => {
    if (!ready()) return
    sent += 1
    const id = last + sent
    response.write(`id: ${id}\ndata: ${JSON.stringify({ id, version: identity.version, pod: identity.pod })}\n\n`)
    if (sent >= count) response.end()
  }
  const ticks = setInterval(emit, every)
  const heartbeats = setInterval(() => ready() && response.write(': heartbeat\n\n'), HEARTBEAT)
  response.once('close', () => {
    clearInterval(ticks)
    clearInterval(heartbeats)
  })
  response.write('retry: 1000\n\n')
  emit()
}

const lastEventId = (text: string | undefined): number => (text && /^\d{1,15}$/.test(text) ? Number(text) : 0)
