import type { ServerHttp2Stream } from 'node:http2'
import type { Socket } from 'node:net'
import type { OpenConnection } from '../types.js'
import type { Closer } from './closing/closer.js'
import { bytesTaken, currentResponse, isHttp, isUpgraded, newestRequest, openStreams } from './node/internals.js'
import type { OpenSockets } from './node/open-sockets.js'
import { SendQueues } from './node/send-queues.js'
import type { Http2 } from './protocols/http2.js'
import type { LastResponse } from './requests/last-response.js'

/**
 * The debt of the service on a connection. `response`: a handler has started and has not ended its response, or the application has
 * not ended an upgraded socket. `output`: the response is ended, but the kernel has not taken all of it yet. `nothing`: neither;
 * the client has every byte, or will get it from the kernel.
 */
export type Debt = 'response' | 'output' | 'nothing'

/** The activity of each connection of one server, and what the service owes on it. */
export class Activity {
  readonly #sockets: OpenSockets
  readonly #closer: Closer
  readonly #lastResponse: LastResponse
  readonly #http2: Http2
  readonly #sendQueues = new SendQueues()

  constructor(sockets: OpenSockets, closer: Closer, lastResponse: LastResponse, http2: Http2) {
    this.#sockets = sockets
    this.#closer = closer
    this.#lastResponse = lastResponse
    this.#http2 = http2
  }

  phase(socket: Socket): OpenConnection['phase'] {
    if (isUpgraded(socket)) return 'upgraded'
    const response = this.#response(socket)
    if (response !== undefined) return response.headersSent ? 'response' : 'request'
    if (!this.#sockets.hasReceivedData(socket)) return 'silent'
    return this.#lastResponse.isReceivingHead(socket) ? 'head' : 'idle'
  }

  /** Returns whether a connection of HTTP/1.1, or one in its TLS handshake, has no request. The raw socket below a TLS socket has none. */
  isIdle(socket: Socket): boolean {
    if (!this.#sockets.open.has(socket)) return false
    const phase = this.phase(socket)
    return this.#http2.sessionOf(socket) === undefined && (phase === 'idle' || phase === 'silent')
  }

  /** Returns whether the head of a request has begun and no handler has. */
  isReceivingHead(socket: Socket): boolean {
    return this.#sockets.open.has(socket) && isHttp(socket) && this.phase(socket) === 'head'
  }

  debt(socket: Socket): Debt {
    const session = this.#http2.sessionOf(socket)
    if (session !== undefined) {
      const debts = new Set(openStreams(session).map((stream) => debtOfStream(stream)))
      return debts.has('response') ? 'response' : debts.has('output') ? 'output' : 'nothing'
    }
    if (isUpgraded(socket)) return debtOf(socket)
    const response = this.#response(socket)
    if (response === undefined) return 'nothing'
    const newest = newestRequest(socket)
    // The handler of a pipelined request has started, too.
    return newest === undefined || newest === response.req ? debtOf(response) : 'response'
  }

  /** Returns how many bytes of the responses the kernel has taken. Only the difference of two values has a meaning. */
  bytesSent(socket: Socket): number {
    const session = this.#http2.sessionOf(socket)
    return bytesTaken(socket) - (session === undefined ? 0 : this.#http2.acknowledgements(session))
  }

  /** Returns how many of these bytes the client has read, or at least its kernel. Outside Linux, those that this kernel has taken. */
  bytesRead(socket: Socket): number {
    return this.bytesSent(socket) - this.#sendQueues.unacknowledged(socket)
  }

  /** Returns the response that is being written. A request after the last response of its connection gets none: see {@link Intake}. */
  #response(socket: Socket): ReturnType<typeof currentResponse> {
    const response = currentResponse(socket)
    const isRefused = this.#closer.isClosing(socket) && this.#lastResponse.requestSince(socket) === undefined
    return isRefused ? undefined : response
  }
}

/** Returns what the service owes on a stream. A client that does not end its upload after the response gets nothing more. */
export const debtOfStream = (stream: ServerHttp2Stream): Debt => (stream.destroyed ? 'nothing' : debtOf(stream))

const debtOf = (output: { writableEnded: boolean; writableFinished: boolean }): Debt =>
  !output.writableEnded ? 'response' : output.writableFinished ? 'nothing' : 'output'
