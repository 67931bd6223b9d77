import { executionAsyncResource } from 'node:async_hooks'
import cluster from 'node:cluster'
import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import type { Http2ServerRequest, ServerHttp2Session, ServerHttp2Stream } from 'node:http2'
import { Socket, type Server as NetServer } from 'node:net'
import { Server as TlsServer } from 'node:tls'
import { types } from 'node:util'

/*
 * Every undocumented property of Node that the library reads. The library writes only the head
 * of a response that waits for its turn ({@link replaceQueuedHead}). They are the same on Node 20 to 26.
 * http-terminator, stoppable and terminus read `_httpMessage`, too.
 *
 * Before the signal the library reads them in these cases: to find the sockets that are already open, for
 * `drainSignal(request)`, and for `shutdown()`.
 */

interface HttpSocket extends Socket {
  /** The response that is being written to the socket; null between responses. */
  readonly _httpMessage?: ServerResponse | null
  /** Null after an upgrade or the close of the socket; undefined if the socket has never carried HTTP. */
  readonly parser?: Parser | null
  /** The raw socket below a TLS socket. */
  readonly _parent?: Socket | null
}

interface Parser {
  /** The newest request with a complete head, until its response is finished and its body is read. */
  readonly incoming: IncomingMessage | null
  readonly socket: Socket | null
}

/** Node's list of the HTTP connections of a server. */
interface ConnectionsList {
  all(): readonly Parser[]
  /** Connections in the middle of a message, and connections on which nothing has been read. */
  active(): readonly Parser[]
}

export const currentResponse = (socket: Socket): ServerResponse | undefined =>
  (socket as HttpSocket)._httpMessage ?? undefined

export const newestRequest = (socket: Socket): IncomingMessage | undefined =>
  (socket as HttpSocket).parser?.incoming ?? undefined

export const isUpgraded = (socket: Socket): boolean => (socket as HttpSocket).parser === null && !socket.destroyed

export const isHttp = (socket: Socket): boolean => (socket as HttpSocket).parser !== undefined

export const rawSocketOf = (socket: Socket): Socket | undefined => (socket as HttpSocket)._parent ?? undefined

/** Returns the value of the property whose key is a symbol with this description. */
export function symbolProperty(owner: object, name: string): unknown {
  const symbol = Object.getOwnPropertySymbols(owner).find(({ description }) => description === name)
  return symbol && (owner as Record<symbol, unknown>)[symbol]
}

function connectionsList(server: NetServer): ConnectionsList | undefined {
  const list = symbolProperty(server, 'http.server.connections')
  return typeof (list as ConnectionsList | undefined)?.active === 'function' ? (list as ConnectionsList) : undefined
}

/**
 * Returns the open sockets of a server. Node's list has the HTTP sockets. The active handles of the process have the sockets that
 * were upgraded before the library was attached. {@link openSessions} has the sockets of HTTP/2.
 */
export function openSockets(server: NetServer): Set<Socket> {
  const handles = server instanceof TlsServer || !connectionsList(server) ? [] : activeHandles()
  return new Set([
    ...socketsOf(connectionsList(server)?.all()),
    ...handles.filter((handle) => handle instanceof Socket && (handle as { server?: unknown }).server === server),
    ...openSessions(server).values(),
  ] as Socket[])
}

/** Returns the open sessions of an HTTP/2 server with their sockets. Node 20 and 22 have no such list: the result is empty. */
export function openSessions(server: NetServer): Map<ServerHttp2Session, Socket> {
  const sessions = symbolProperty(server, 'sessions')
  const open = new Map<ServerHttp2Session, Socket>()
  if (!types.isSet(sessions)) return open
  // Node's set has internal slots of a Set, but another prototype.
  Set.prototype.forEach.call(sessions, (session: ServerHttp2Session) => {
    const socket = symbolProperty(session, 'socket')
    if (socket instanceof Socket) open.set(session, socket)
  })
  return open
}

/** Returns the referenced handles of the process, among them its listening servers. */
export const activeHandles = (): unknown[] =>
  (process as { _getActiveHandles?: () => unknown[] })._getActiveHandles?.() ?? []

/** Returns the sockets in the middle of a request's head or body, and the sockets on which nothing has been read. */
export const receivingSockets = (server: NetServer): Socket[] => socketsOf(connectionsList(server)?.active())

const socketsOf = (parsers: readonly Parser[] = []): Socket[] =>
  parsers.flatMap(({ socket }) => (socket === null ? [] : [socket]))

interface StreamHandle {
  readonly bytesWritten?: number
  readonly writeQueueSize?: number
  /** The raw handle below a TLS handle. */
  readonly _parent?: StreamHandle
}

/** Returns how many bytes of a socket's output the kernel has taken. */
export function bytesTaken(socket: Socket): number {
  const handle = (socket as { _handle?: StreamHandle | null })._handle
  const raw = handle?._parent ?? handle
  return (raw?.bytesWritten ?? 0) - (raw?.writeQueueSize ?? 0)
}

/**
 * Returns the socket of the HTTP/1.1 request whose handler is running, before its first `await`. Node runs the handler in an async
 * resource that has the socket.
 */
export function handlerSocket(): Socket | undefined {
  const { type, socket } = executionAsyncResource() as { type?: unknown; socket?: unknown }
  return type === 'HTTPINCOMINGMESSAGE' && socket instanceof Socket ? socket : undefined
}

/** Returns the head of a response as sent; undefined before. `getHeader` lacks the headers that were passed to `writeHead`. */
export const sentHead = (response: ServerResponse): string | undefined =>
  (response as { _header?: string | null })._header ?? undefined

/**
 * Replaces the head of a response that the application has written while the response waits for the ones before it on its connection.
 *
 * @returns whether the head was still waiting
 */
export function replaceQueuedHead(response: ServerResponse, replace: (head: string) => string): boolean {
  const { _header: head, outputData } = response as unknown as {
    _header: string | null
    outputData: { data: unknown }[]
  }
  const first = outputData[0]
  if (typeof head !== 'string' || typeof first?.data !== 'string' || !first.data.startsWith(head)) return false
  const replaced = replace(head)
  ;(response as unknown as { _header: string })._header = replaced
  first.data = replaced + first.data.slice(head.length)
  return true
}

export function openStreams(session: ServerHttp2Session): ServerHttp2Stream[] {
  const state = symbolProperty(session, 'state') as { streams?: Map<number, ServerHttp2Stream> } | undefined
  return [...(state?.streams?.values() ?? [])]
}

/** Returns the request of a stream, if the server handles the `request` event. */
export const requestOf = (stream: ServerHttp2Stream): Http2ServerRequest | undefined =>
  (symbolProperty(stream, 'request') as Http2ServerRequest | null | undefined) ?? undefined

/** Returns the idle time that responses promise with `Keep-Alive: timeout`, in ms; 0 if they promise none. */
export const promisedIdleTime = (server: NetServer): number => (server as Partial<Server>).keepAliveTimeout ?? 0

/**
 * Returns whether other processes can accept from the same listening socket. Such a socket came from another process as a descriptor
 * (`listen({ fd })`) or as a handle, or from the primary of a cluster with `SCHED_NONE`. With `SCHED_RR` the primary accepts, and a worker
 * has no socket that listens.
 */
export function hasSharedListener(server: NetServer): boolean {
  const { _handle: handle, _connectionKey: key } = server as { _handle?: object | null; _connectionKey?: string }
  // The stand-in for a socket with SCHED_RR cannot bind.
  if (!handle || !('bind' in handle)) return false
  // Node replaces `close` of a handle from the primary. A socket that this process did not bind has neither an address nor a port.
  return (cluster.isWorker && Object.hasOwn(handle, 'close')) || key === 'null:null:null' || key === '-1:null:-1'
}

/** Reduces the kernel's backlog to one connection, with a second call of `listen`. */
export function reduceBacklog(server: NetServer): void {
  // Linux queues one connection more than the value; other systems read 0 as their default.
  const backlog = process.platform === 'linux' ? 0 : 1
  ;(server as { _handle?: { listen?(backlog: number): number } | null })._handle?.listen?.(backlog)
}

/**
 * Stops the timer with which Node looks for late requests. It keeps a server in memory for ever: only `http.Server.close` stops it, and
 * the library closes the listener alone. Node starts the timer again when the server listens again.
 */
export function stopRequestTimeouts(server: NetServer): void {
  clearInterval(symbolProperty(server, 'http.server.connectionsCheckingInterval') as NodeJS.Timeout | undefined)
}

interface ReadableHandle {
  readStop?(): void
  readStart?(): void
}

/** Stops reading from a new connection, so that its data stays in the kernel. @returns a function that resumes reading */
export function pauseReading(socket: Socket): () => void {
  const handle = (): ReadableHandle | null | undefined => (socket as { _handle?: ReadableHandle | null })._handle
  handle()?.readStop?.()
  return () => handle()?.readStart?.()
}
