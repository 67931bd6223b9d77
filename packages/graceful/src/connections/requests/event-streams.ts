import type { ServerResponse } from 'node:http'
import type { ServerHttp2Stream } from 'node:http2'
import type { EventStreams } from '../../types.js'
import { sentHead } from '../node/internals.js'
import { replaceMethod } from '../node/replace-method.js'

/**
 * Ends server-sent events in the drain, unless the policy is `finish`. Such a response never ends automatically. Its client
 * reconnects (HTML Living Standard §9.2), and then reaches another pod.
 */
export class EventStreamEnder {
  readonly #policy: EventStreams
  #draining = false

  constructor(policy: EventStreams) {
    this.#policy = policy
  }

  /** Starts the drain. Before that, the other methods do nothing. */
  start(): void {
    this.#draining = true
  }

  /** Ends a response whose head is sent, if it is an event stream. */
  endResponse(response: ServerResponse): void {
    const type = /^content-type: *(.*)$/im.exec(sentHead(response) ?? '')?.[1]
    if (!this.#ends || !isEventStream(type)) return
    // The handler that has just written the head is still running.
    setImmediate(() => end(response))
  }

  /** Ends a stream of HTTP/2 if it is an event stream, now or when its head is sent. */
  endStream(stream: ServerHttp2Stream): void {
    if (!this.#ends || stream.destroyed) return
    if (stream.headersSent) {
      if (isEventStream(`${stream.sentHeaders?.['content-type']}`)) end(stream)
      return
    }
    const respond = stream.respond.bind(stream)
    replaceMethod(stream, 'respond', (...args: Parameters<typeof respond>) => {
      respond(...args)
      if (isEventStream(`${stream.sentHeaders?.['content-type']}`)) setImmediate(() => end(stream))
    })
  }

  get #ends(): boolean {
    return this.#draining && this.#policy === 'end'
  }
}

const isEventStream = (type: string | undefined): boolean => type?.startsWith('text/event-stream') ?? false

function end(response: ServerResponse | ServerHttp2Stream): void {
  // A handler can write one more event before it learns of the end. That error must not crash the process.
  response.on('error', () => {})
  response.end()
}
