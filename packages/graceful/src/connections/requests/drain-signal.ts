import { IncomingMessage, type ServerResponse } from 'node:http'
import type { Http2ServerRequest, ServerHttp2Stream } from 'node:http2'
import { bad } from '../../options/validation.js'
import { replaceMethod } from '../node/replace-method.js'
import { currentResponse, isUpgraded, requestOf, sentHead } from '../node/internals.js'

/** What becomes of server-sent events when the drain starts: see {@link GracefulOptions.eventStreams}. */
export type EventStreams = 'end' | 'finish'

/** Node's own request, of HTTP/1.1 or HTTP/2, or the stream of a server that listens for `stream`. */
export type AnyRequest = IncomingMessage | Http2ServerRequest | ServerHttp2Stream

/** What a request hears when the drain starts: see {@link Graceful.drainSignal}. */
const DRAINING = 'draining'

/**
 * Responses that would not end by themselves. A handler can learn of the drain from its request; server-sent events are ended for
 * those that do not, for a client of theirs reconnects (HTML Living Standard §9.2) and then reaches another pod.
 */
export class Streams {
  readonly #policy: EventStreams
  readonly #controllers = new Map<AnyRequest, AbortController>()
  #draining = false

  constructor(policy: EventStreams) {
    this.#policy = policy
  }

  /** Aborted when the drain starts; forgotten when the request is over, so that nothing gathers on a service that runs for weeks. */
  signalFor(request: AnyRequest): AbortSignal {
    if (typeof (request as Partial<AnyRequest> | null)?.once !== 'function') {
      const expected = `Node's own request (in Fastify request.raw, in Koa context.req)`
      throw bad('the argument of drainSignal', expected, request)
    }
    const known = this.#controllers.get(request)
    if (known !== undefined) return known.signal
    const controller = new AbortController()
    this.#controllers.set(request, controller)
    whenOver(request, () => this.#controllers.delete(request))
    // Not before the handler has had its turn to listen.
    if (this.#draining) setImmediate(() => this.#abort(request))
    return controller.signal
  }

  drain(responses: Iterable<ServerResponse>, streams: Iterable<ServerHttp2Stream>): void {
    if (!this.#draining) {
      this.#draining = true
      for (const request of this.#controllers.keys()) this.#abort(request)
    }
    for (const response of responses) {
      tell(response.req, response)
      this.headSent(response)
    }
    for (const stream of streams) {
      tell(requestOf(stream) ?? stream, stream)
      this.#endEvents(stream)
    }
  }

  /** Told of each request that the application has just been given, and of each that takes its turn on a pipelined connection. */
  dispatched(response: ServerResponse): void {
    if (this.#draining) tell(response.req, response)
  }

  /** The same for a stream of HTTP/2. */
  dispatchedStream(stream: ServerHttp2Stream): void {
    if (!this.#draining) return
    tell(requestOf(stream) ?? stream, stream)
    this.#endEvents(stream)
  }

  /** Told of each response whose head is out, also of those that begin during the drain. */
  headSent(response: ServerResponse): void {
    const type = /^content-type: *(.*)$/im.exec(sentHead(response) ?? '')?.[1]
    if (!this.#draining || this.#policy !== 'end' || !isEventStream(type)) return
    // Not under the hands of a handler that has just written the head.
    setImmediate(() => end(response))
  }

  #abort(request: AnyRequest): void {
    const controller = this.#controllers.get(request)
    this.#controllers.delete(request)
    if (!isAnswered(request)) controller?.abort()
  }

  /** Ends a stream of HTTP/2 that carries events, now or once its head says that it does. */
  #endEvents(stream: ServerHttp2Stream): void {
    if (this.#policy !== 'end' || stream.destroyed) return
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
}

/** A response that is written and only waits to be read must not be written to any more by whoever hears of the drain. */
function tell(request: AnyRequest, answer: ServerResponse | ServerHttp2Stream): void {
  if (!answer.writableEnded && !answer.destroyed) request.emit(DRAINING)
}

function isAnswered(request: AnyRequest): boolean {
  if (!(request instanceof IncomingMessage)) return false
  const response = currentResponse(request.socket)
  return response?.req === request && response.writableEnded
}

/**
 * Calls back when a request is over: at once where its client has gone, for then no `close` comes any more. The `close` of an
 * HTTP/1.1 request says only that its body was read; its response is found through the socket, behind those of the requests that were
 * pipelined before it.
 */
function whenOver(request: AnyRequest, callback: () => void): void {
  if (!(request instanceof IncomingMessage)) {
    const stream = (request as Partial<Http2ServerRequest>).stream ?? request
    if (stream.destroyed) callback()
    else request.once('close', callback)
    return
  }
  const { socket } = request
  if (isUpgraded(socket)) {
    socket.once('close', callback)
    return
  }
  const look = (): void => {
    const response = currentResponse(socket)
    // A socket that was destroyed keeps the response that it had, and those behind it never have their turn.
    if (response === undefined || socket.destroyed) callback()
    else response.once('close', response.req === request ? callback : look)
  }
  look()
}

const isEventStream = (type: string | undefined): boolean => type?.startsWith('text/event-stream') ?? false

function end(response: ServerResponse | ServerHttp2Stream): void {
  // A handler that writes one more event before it hears of the close must not bring the process down.
  response.on('error', () => {})
  response.end()
}
