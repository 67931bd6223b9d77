import type { EventEmitter } from 'node:events'
import { IncomingMessage } from 'node:http'
import type { Http2ServerRequest, ServerHttp2Stream } from 'node:http2'
import { invalid } from '../../options/validation.js'
import { currentResponse, isUpgraded } from '../node/internals.js'

/** Node's request of HTTP/1.1 or HTTP/2, or the stream of a server that listens for `stream`. */
export type AnyRequest = IncomingMessage | Http2ServerRequest | ServerHttp2Stream

/** Aborts a signal of each request whose handler has asked for one, at the start of the drain. Other requests cost nothing. */
export class DrainSignals {
  /** By request whose handler has asked for a signal. An entry is removed when its request is over. */
  readonly #controllers = new Map<AnyRequest, AbortController>()
  #draining = false

  /** Returns the signal of a request. Throws a TypeError if the argument is not a request. */
  signalFor(request: AnyRequest): AbortSignal {
    if (typeof (request as Partial<AnyRequest> | null)?.once !== 'function') {
      const expected = `Node's own request (request.raw in Fastify, context.req in Koa)`
      throw invalid('the argument of drainSignal', expected, request)
    }
    const known = this.#controllers.get(request)
    if (known !== undefined) return known.signal
    const controller = new AbortController()
    this.#controllers.set(request, controller)
    whenOver(request, () => this.#controllers.delete(request))
    // The handler needs one turn to add its listener.
    if (this.#draining) setImmediate(() => this.#abort(request))
    return controller.signal
  }

  /** Starts the drain: aborts every signal. Further calls do nothing. */
  start(): void {
    if (this.#draining) return
    this.#draining = true
    for (const request of this.#controllers.keys()) this.#abort(request)
  }

  #abort(request: AnyRequest): void {
    const controller = this.#controllers.get(request)
    this.#controllers.delete(request)
    if (!isAnswered(request)) controller?.abort()
  }
}

function isAnswered(request: AnyRequest): boolean {
  if (!(request instanceof IncomingMessage)) return false
  const response = currentResponse(request.socket)
  return response?.req === request && response.writableEnded
}

/**
 * Calls back when a request is over, or at once if its client has gone, because Node then emits no further `close`. The `close`
 * event of an HTTP/1.1 request only means that its body was read. The `close` event of its response marks the end. The response is
 * found through the socket, after the responses of the requests that were pipelined before it.
 */
function whenOver(request: AnyRequest, callback: () => void): void {
  if (!(request instanceof IncomingMessage)) {
    const stream = (request as Partial<Http2ServerRequest>).stream ?? request
    if (stream.destroyed) callback()
    else onceClosed(request, callback)
    return
  }
  const { socket } = request
  if (isUpgraded(socket)) {
    onceClosed(socket, callback)
    return
  }
  const waitForResponse = (): void => {
    const response = currentResponse(socket)
    // A destroyed socket keeps its current response, and the responses after it are never written.
    if (response === undefined || socket.destroyed) callback()
    else onceClosed(response, response.req === request ? callback : waitForResponse)
  }
  waitForResponse()
}

const waiting = new WeakMap<EventEmitter, (() => void)[]>()

/** Adds one listener to an emitter, however many callbacks wait for its close. Node warns of a leak from the eleventh listener on. */
function onceClosed(emitter: EventEmitter, callback: () => void): void {
  const known = waiting.get(emitter)
  if (known !== undefined) {
    known.push(callback)
    return
  }
  const callbacks = [callback]
  waiting.set(emitter, callbacks)
  emitter.once('close', () => {
    waiting.delete(emitter)
    for (const one of callbacks) one()
  })
}
