import type { OutgoingHttpHeader, OutgoingHttpHeaders, ServerResponse } from 'node:http'
import type { Server, Socket } from 'node:net'
import type { Runtime } from '../../process/runtime.js'
import type { Closer } from '../closing/closer.js'
import { currentResponse, newestRequest, receivingSockets, replaceQueuedHead } from '../node/internals.js'

/** Events of the responses that are watched. */
export interface ResponseEvents {
  onHeadSent(response: ServerResponse): void
  /** A response has closed. Its socket can be idle now. */
  onClosed(socket: Socket): void
}

/**
 * Chooses the last response of each HTTP/1.1 connection after the signal, and adds `Connection: close` to it.
 *
 * The last response is the one after which no request is pending. On a pipelined connection only that response may carry the
 * header. Node closes the socket after the first response with it, and the remaining responses would be lost although their
 * handlers have run. The choice is made when the application writes the head, from the newest request that the parser has seen on
 * the socket.
 */
export class LastResponse {
  readonly #server: Server
  readonly #runtime: Runtime
  readonly #closer: Closer
  readonly #events: ResponseEvents
  /** Responses that are watched, each with the time of the runtime's clock at which it was first seen. */
  readonly #watchedSince = new WeakMap<ServerResponse, number>()
  #receiving: ReadonlySet<Socket> | undefined

  constructor(server: Server, runtime: Runtime, closer: Closer, events: ResponseEvents) {
    this.#server = server
    this.#runtime = runtime
    this.#closer = closer
    this.#events = events
  }

  /** Watches the response that is being written to a socket, if there is one. */
  watchCurrent(socket: Socket): void {
    const response = currentResponse(socket)
    if (response === undefined || this.#watchedSince.has(response)) return
    this.watch(socket, response)
  }

  /**
   * Watches for the turn of the responses that were written out of order before the signal. Their heads wait behind the current
   * response, and say that the connection stays open.
   */
  watchQueued(socket: Socket): void {
    const current = currentResponse(socket)
    if (current === undefined || newestRequest(socket) === current.req) return
    const onNewListener = (event: string | symbol): void => {
      // Node assigns a response to its socket, adds a close listener, and then writes the response.
      const response = currentResponse(socket)
      if (event !== 'close' || !response?.headersSent || !this.#isLast(socket, response)) return
      if (!replaceQueuedHead(response, closingHead)) return
      socket.off('newListener', onNewListener)
      this.#closer.closeAfterResponse(socket)
      response.once('close', () => this.#closer.close(socket))
    }
    socket.on('newListener', onNewListener)
  }

  /** Watches a response until it has closed. */
  watch(socket: Socket, response: ServerResponse): void {
    if (this.#watchedSince.has(response)) return
    this.#watchedSince.set(response, this.#runtime.now())
    if (!response.headersSent) this.#decideAtHead(socket, response)
    response.once('close', () => {
      // The library cannot see requests that were pipelined before the signal. Each appears when the one before it is done.
      this.watchCurrent(socket)
      this.#events.onClosed(socket)
    })
  }

  /** Returns when the current request of a socket was first seen, as a time of the runtime's clock. */
  requestSince(socket: Socket): number | undefined {
    const response = currentResponse(socket)
    return response && this.#watchedSince.get(response)
  }

  /** Returns whether the head of a request is incomplete on this socket, which has received data. */
  isReceivingHead(socket: Socket): boolean {
    return (newestRequest(socket)?.complete ?? true) && this.#receivingSockets().has(socket)
  }

  /** Keeps Node's list until the end of the current callback: a look at all connections would otherwise be quadratic. */
  #receivingSockets(): ReadonlySet<Socket> {
    if (this.#receiving === undefined) {
      this.#receiving = new Set(receivingSockets(this.#server))
      queueMicrotask(() => {
        this.#receiving = undefined
      })
    }
    return this.#receiving
  }

  #decideAtHead(socket: Socket, response: ServerResponse): void {
    const writeHead = response.writeHead.bind(response) as (...args: unknown[]) => ServerResponse
    response.writeHead = (...args: unknown[]) => {
      if ((args[0] as number) < 200 || response.headersSent) return writeHead(...args)
      if (this.#isLast(socket, response)) {
        response.setHeader('Connection', 'close')
        writeHead(...args.map(withoutConnection))
        this.#closer.closeAfterResponse(socket)
      } else writeHead(...args)
      this.#events.onHeadSent(response)
      return response
    }
  }

  #isLast(socket: Socket, response: ServerResponse): boolean {
    return newestRequest(socket) === response.req && !this.isReceivingHead(socket)
  }
}

function closingHead(head: string): string {
  const [statusLine, ...lines] = head.split('\r\n')
  const kept = lines.filter((line) => !isConnection(line.split(':', 1)[0]))
  return [statusLine, 'Connection: close', ...kept].join('\r\n')
}

/** Returns an argument of `writeHead` without the application's headers for the connection, which would override the library's. */
function withoutConnection(argument: unknown): unknown {
  if (Array.isArray(argument)) {
    // After `setHeader`, Node accepts a flat array but no array of pairs.
    if (argument.every(Array.isArray)) return argument.filter(([name]) => !isConnection(name)).flat()
    return argument.filter((_, index) => !isConnection(argument[index - (index % 2)]))
  }
  if (typeof argument !== 'object' || argument === null) return argument
  const headers = Object.entries(argument as OutgoingHttpHeaders).filter(([name]) => !isConnection(name))
  return Object.fromEntries(headers) as Record<string, OutgoingHttpHeader>
}

const isConnection = (name: unknown): boolean => typeof name === 'string' && /^(connection|keep-alive)$/i.test(name)
