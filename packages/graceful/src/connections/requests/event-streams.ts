import type { ServerResponse } from 'node:http'
import type { IncomingHttpHeaders, ServerHttp2Stream } from 'node:http2'
import { errorMessage } from '../../process/reporting/error-text.js'
import type { EventStreamRequest, EventStreams, Logger } from '../../types.js'
import { requestOf, sentHead } from '../node/internals.js'
import { replaceMethod } from '../../process/replace-method.js'

/**
 * Ends server-sent events in the drain. By default only the responses to GET requests end: their client is an `EventSource`, which
 * reconnects (HTML Living Standard §9.2) and then reaches another pod. Any other client reads the stream as one response, such as
 * the tokens of a language model, and would take the end for its end.
 */
export class EventStreamEnder {
  readonly #policy: EventStreams
  readonly #logger: Logger
  #draining = false
  #logged = false

  constructor(policy: EventStreams, logger: Logger) {
    this.#policy = policy
    this.#logger = logger
  }

  /** Starts the drain. Before that, the other methods do nothing. */
  start(): void {
    this.#draining = true
  }

  /** Ends a response whose head is sent, if it is an event stream. */
  endResponse(response: ServerResponse): void {
    if (!this.#draining) return
    const type = /^content-type: *(.*)$/im.exec(sentHead(response) ?? '')?.[1]
    if (!isEventStream(type) || !this.#ends(response.req)) return
    // The handler that has just written the head is still running.
    setImmediate(() => end(response))
  }

  /**
   * Ends a stream of HTTP/2 if it is an event stream, now or when its head is sent.
   *
   * @param headers headers of the request; undefined if they were received before the signal
   */
  endStream(stream: ServerHttp2Stream, headers: IncomingHttpHeaders | undefined): void {
    if (!this.#draining || stream.destroyed) return
    const ends = () =>
      isEventStream(`${stream.sentHeaders?.['content-type']}`) && this.#ends(requestOfStream(stream, headers))
    if (stream.headersSent) {
      if (ends()) end(stream)
      return
    }
    const respond = stream.respond.bind(stream)
    replaceMethod(stream, 'respond', (...args: Parameters<typeof respond>) => {
      respond(...args)
      if (ends()) setImmediate(() => end(stream))
    })
  }

  #ends(request: EventStreamRequest): boolean {
    if (this.#policy === 'wait') return false
    if (this.#policy === 'close') return request.method === 'GET'
    try {
      const choice: string | undefined = this.#policy(request)
      if (choice === 'close' || choice === 'wait') return choice === 'close'
      this.#logOnce(`returned neither 'close' nor 'wait'`)
    } catch (error) {
      this.#logOnce(`threw: ${errorMessage(error)}`)
    }
    return false
  }

  #logOnce(fault: string): void {
    if (this.#logged) return
    this.#logged = true
    this.#logger.warn({}, `graceful: the function eventStreams ${fault}; the drain waits for the event stream`)
  }
}

const isEventStream = (type: string | undefined): boolean => /^text\/event-stream *(;|$)/i.test(type?.trim() ?? '')

/**
 * Returns the request of a stream. Node keeps no headers for a `stream` listener. Of such a stream from before the signal, only one
 * thing is known: whether the request can have a body. A GET has none.
 */
function requestOfStream(stream: ServerHttp2Stream, headers: IncomingHttpHeaders | undefined): EventStreamRequest {
  const request = requestOf(stream)
  if (request !== undefined) return request
  if (headers !== undefined) return { method: headers[':method'], url: headers[':path'], headers }
  return { method: stream.endAfterHeaders ? 'GET' : undefined, headers: {} }
}

function end(response: ServerResponse | ServerHttp2Stream): void {
  // A handler can write one more event before it learns of the end. That error must not crash the process.
  response.on('error', () => {})
  response.end()
}
