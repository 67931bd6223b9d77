import type { IncomingMessage, ServerResponse } from 'node:http'
import type { IncomingHttpHeaders, ServerHttp2Stream } from 'node:http2'
import type { Server, Socket } from 'node:net'
import type { Runtime } from '../../process/runtime.js'
import type { Closer } from '../closing/closer.js'
import { replaceMethod } from '../../process/replace-method.js'
import type { LastResponse } from './last-response.js'

type Emit = (event: string | symbol, ...args: unknown[]) => boolean

/** Events of the intake. */
export interface IntakeEvents {
  /** A request has arrived that the application will execute. The socket is undefined for HTTP/2. */
  onRequest(socket: Socket | undefined, userAgent: string | undefined): void
  /** A stream of HTTP/2 has arrived. @returns whether it is a health check, which the library answers */
  onHealthCheck(stream: ServerHttp2Stream, headers: IncomingHttpHeaders): boolean
  /** The application has received a stream of HTTP/2. */
  onStream(stream: ServerHttp2Stream, headers: IncomingHttpHeaders): void
  /** The application has received an upgraded socket. */
  onUpgraded(socket: Socket): void
  /** The server has closed. Its `close` event does not reach the application now. */
  onClosed(): void
  /** Node's idle timer of a socket has ended. @returns whether the library handles it */
  onIdleTimeout(socket: Socket): boolean
}

/**
 * The gate that every request passes after the signal, whatever its protocol. It replaces the server's `emit`. Before the signal
 * it is not in place, so requests cost nothing.
 *
 * The application gets a request of HTTP/1.1 one turn of the event loop late. By then Node has parsed all requests of the same
 * read, and {@link LastResponse} can see whether another request follows. The library does not
 * execute a request after the last response of its connection (RFC 9112 §9.6). The client learns that from the response, and can send
 * the request again elsewhere.
 */
export class Intake {
  readonly #server: Server
  readonly #runtime: Runtime
  readonly #closer: Closer
  readonly #lastResponse: LastResponse
  readonly #events: IntakeEvents
  #restore: () => void = () => {}
  #dispatching: Socket | undefined

  constructor(server: Server, runtime: Runtime, closer: Closer, lastResponse: LastResponse, events: IntakeEvents) {
    this.#server = server
    this.#runtime = runtime
    this.#closer = closer
    this.#lastResponse = lastResponse
    this.#events = events
  }

  /** Socket of the HTTP/1.1 request whose handler is running, before its first `await`. */
  get dispatching(): Socket | undefined {
    return this.#dispatching
  }

  /** Starts to pass requests through the gate. */
  open(): void {
    const emit: Emit = this.#server.emit.bind(this.#server)
    const emitThroughGate: Emit = (event, ...args) => {
      switch (event) {
        case 'stream':
          return this.#onStream(emit, args)
        case 'request':
        case 'checkContinue':
        case 'checkExpectation':
          // An HTTP/2 server emits these events, too, after `stream`.
          if ((args[0] as IncomingMessage).httpVersionMajor === 2) return emit(event, ...args)
          return this.#onRequest(emit, event, args[0] as IncomingMessage, args[1] as ServerResponse)
        case 'upgrade':
        case 'connect':
          if ((args[0] as IncomingMessage).httpVersionMajor === 2) return emit(event, ...args)
          return this.#onUpgrade(emit, event, args)
        case 'close':
          this.#events.onClosed()
          return true
        case 'timeout':
          return this.#events.onIdleTimeout(args[0] as Socket) || emit(event, ...args)
        default:
          return emit(event, ...args)
      }
    }
    this.#restore = replaceMethod(this.#server, 'emit', emitThroughGate as Server['emit'])
  }

  /** Removes the gate. */
  restore(): void {
    this.#restore()
  }

  #onRequest(emit: Emit, event: string, request: IncomingMessage, response: ServerResponse): boolean {
    const { socket } = request
    if (this.#closer.isClosing(socket)) {
      request.resume()
      return true
    }
    this.#events.onRequest(socket, request.headers['user-agent'])
    this.#lastResponse.watch(socket, response)
    this.#runtime.setImmediate(() => {
      if (socket.destroyed) return
      this.#dispatching = socket
      try {
        emit(event, request, response)
      } finally {
        this.#dispatching = undefined
      }
    })
    return true
  }

  #onStream(emit: Emit, args: unknown[]): boolean {
    const [stream, headers] = args as [ServerHttp2Stream, IncomingHttpHeaders]
    if (this.#events.onHealthCheck(stream, headers)) return true
    this.#events.onRequest(undefined, undefined)
    const handled = emit('stream', ...args)
    this.#events.onStream(stream, headers)
    return handled
  }

  #onUpgrade(emit: Emit, event: string, args: unknown[]): boolean {
    const [request, socket] = args as [IncomingMessage, Socket]
    // Node has removed its error listener, and the application has not added its own yet.
    socket.on('error', ignore)
    this.#runtime.setImmediate(() => {
      if (socket.destroyed) return
      // The upgrade came after the last response of the connection. The socket is already closing.
      if (this.#closer.isClosing(socket)) {
        socket.resume()
        return
      }
      this.#events.onRequest(socket, request.headers['user-agent'])
      emit(event, ...args)
      socket.off('error', ignore)
      this.#events.onUpgraded(socket)
    })
    return true
  }
}

const ignore = (): void => {}
