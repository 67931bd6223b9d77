import type { IncomingMessage, OutgoingHttpHeader, OutgoingHttpHeaders, ServerResponse } from 'node:http'
import type { IncomingHttpHeaders, ServerHttp2Stream } from 'node:http2'
import type { Server, Socket } from 'node:net'
import type { Runtime } from '../../process/runtime.js'
import type { Closer } from '../closing/closer.js'
import { replaceMethod } from '../node/replace-method.js'
import { currentResponse, newestRequest, receivingSockets } from '../node/internals.js'

type Emit = (event: string | symbol, ...args: unknown[]) => boolean

/** What the drain of HTTP/1.1 tells of what it sees. */
export interface Http1Events {
  /** A request arrived after the signal, and will be executed. */
  onRequest(socket: Socket | undefined, userAgent: string | undefined): void
  /** The application has been given a request, or one that it was given before has its turn on its connection. */
  onDispatched(response: ServerResponse): void
  /** The application has been given a stream of HTTP/2. */
  onStream(stream: ServerHttp2Stream, method: string | undefined, path: string | undefined): void
  /** The application has been given a connection that leaves HTTP. */
  onUpgraded(socket: Socket): void
  onHeadSent(response: ServerResponse): void
  /** A response is over. Its socket may be idle now. */
  onResponseOver(socket: Socket): void
  /** Node's idle timer of this socket has run out. @returns whether the library sees to it */
  onIdleTimeout(socket: Socket): boolean
}

/**
 * HTTP/1.1 after the signal. Nothing here is in place before it, so that requests cost nothing extra until then.
 *
 * Every response whose connection has no further request pending says `Connection: close`, and is the last of its connection. On
 * a pipelined connection only the last response may say so: Node closes the socket after the first that does, and the answers of
 * the others, whose handlers have run, would vanish. Two things make the last one known. A request is handed to the application
 * one turn later than it was parsed, when all that came with it in the same read has been parsed as well. And whether a response
 * is the last is decided when its head is written, from the newest request that the parser has seen on its socket.
 *
 * A request that arrives after a response that said `Connection: close` is not executed (RFC 9112 §9.6): the client knows from
 * that response that it was not, and may send it again elsewhere.
 */
export class Http1 {
  readonly #server: Server
  readonly #runtime: Runtime
  readonly #closer: Closer
  readonly #events: Http1Events
  readonly #seen = new WeakSet<ServerResponse>()
  #restore: () => void = () => {}
  /** When a request was first seen, for the report of what was still open. */
  readonly #since = new WeakMap<ServerResponse, number>()

  constructor(server: Server, runtime: Runtime, closer: Closer, events: Http1Events) {
    this.#server = server
    this.#runtime = runtime
    this.#closer = closer
    this.#events = events
  }

  /** From here on requests pass through the library; `sockets` may have responses under way. */
  enterLameDuck(sockets: Iterable<Socket>): void {
    const emit: Emit = this.#server.emit.bind(this.#server)
    const emitSeen: Emit = (event, ...args) => {
      switch (event) {
        case 'stream':
          return this.#streamArrived(emit, args)
        case 'request':
        case 'checkContinue':
        case 'checkExpectation':
          // The same events tell of HTTP/2's requests, which say nothing of their connection.
          if ((args[0] as IncomingMessage).httpVersionMajor === 2) return emit(event, ...args)
          return this.#arrived(emit, event, args[0] as IncomingMessage, args[1] as ServerResponse)
        case 'upgrade':
        case 'connect':
          if ((args[0] as IncomingMessage).httpVersionMajor === 2) return emit(event, ...args)
          return this.#upgradeArrived(emit, event, args)
        case 'timeout':
          return this.#events.onIdleTimeout(args[0] as Socket) || emit(event, ...args)
        default:
          return emit(event, ...args)
      }
    }
    this.#restore = replaceMethod(this.#server, 'emit', emitSeen as Server['emit'])
    for (const socket of sockets) this.#follow(socket)
  }

  /** Requests go to the application directly again. */
  restore(): void {
    this.#restore()
  }

  /** Since when the request on this socket has been known, as the runtime's time. */
  requestSince(socket: Socket): number | undefined {
    const response = currentResponse(socket)
    return response && this.#since.get(response)
  }

  /** Whether a request's head has begun on this socket, on which something was read, and is not complete. */
  isReceivingHead(socket: Socket): boolean {
    return (newestRequest(socket)?.complete ?? true) && receivingSockets(this.#server).includes(socket)
  }

  #arrived(emit: Emit, event: string, request: IncomingMessage, response: ServerResponse): boolean {
    const { socket } = request
    if (this.#closer.isClosing(socket)) {
      request.resume()
      return true
    }
    this.#events.onRequest(socket, request.headers['user-agent'])
    this.#watch(socket, response)
    this.#runtime.setImmediate(() => {
      if (socket.destroyed) return
      emit(event, request, response)
      this.#events.onDispatched(response)
    })
    return true
  }

  #streamArrived(emit: Emit, args: unknown[]): boolean {
    const [stream, headers] = args as [ServerHttp2Stream, IncomingHttpHeaders]
    this.#events.onRequest(undefined, undefined)
    const heard = emit('stream', ...args)
    this.#events.onStream(stream, headers[':method'], headers[':path'])
    return heard
  }

  #upgradeArrived(emit: Emit, event: string, args: unknown[]): boolean {
    const [request, socket] = args as [IncomingMessage, Socket]
    // Node has taken its own listeners off, and the application has not put its own on yet.
    socket.on('error', ignore)
    this.#runtime.setImmediate(() => {
      if (socket.destroyed) return
      // It came behind the last response, as any other request that is not executed. Its socket is being closed already.
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

  /** Takes up the response that a socket is being written by, if any. */
  #follow(socket: Socket): void {
    const response = currentResponse(socket)
    if (response === undefined || this.#seen.has(response)) return
    this.#watch(socket, response)
    this.#events.onDispatched(response)
  }

  #watch(socket: Socket, response: ServerResponse): void {
    if (this.#seen.has(response)) return
    this.#seen.add(response)
    this.#since.set(response, this.#runtime.now())
    if (!response.headersSent) this.#decideAtHead(socket, response)
    response.once('close', () => {
      // Requests that were pipelined before the signal are known to Node alone: each turns up when the one before is done.
      this.#follow(socket)
      this.#events.onResponseOver(socket)
    })
  }

  #decideAtHead(socket: Socket, response: ServerResponse): void {
    const writeHead = response.writeHead.bind(response) as (...args: unknown[]) => ServerResponse
    response.writeHead = (...args: unknown[]) => {
      if ((args[0] as number) < 200 || response.headersSent) return writeHead(...args)
      if (this.#isLast(socket, response)) {
        response.setHeader('Connection', 'close')
        writeHead(...args.map(withoutConnection))
        this.#closer.lastResponse(socket)
      } else writeHead(...args)
      this.#events.onHeadSent(response)
      return response
    }
  }

  #isLast(socket: Socket, response: ServerResponse): boolean {
    return newestRequest(socket) === response.req && !this.isReceivingHead(socket)
  }
}

const ignore = (): void => {}

/** An argument of `writeHead` without what the application says of the connection: that is the library's word now. */
function withoutConnection(argument: unknown): unknown {
  if (Array.isArray(argument)) {
    // Pairs are flattened: Node takes them only where no header was set before.
    if (argument.every(Array.isArray)) return argument.filter(([name]) => !isConnection(name)).flat()
    return argument.filter((_, index) => !isConnection(argument[index - (index % 2)]))
  }
  if (typeof argument !== 'object' || argument === null) return argument
  const headers = Object.entries(argument as OutgoingHttpHeaders).filter(([name]) => !isConnection(name))
  return Object.fromEntries(headers) as Record<string, OutgoingHttpHeader>
}

const isConnection = (name: unknown): boolean => typeof name === 'string' && /^(connection|keep-alive)$/i.test(name)
