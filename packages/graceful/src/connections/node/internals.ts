import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import type { Http2ServerRequest, ServerHttp2Session, ServerHttp2Stream } from 'node:http2'
import { Socket, type Server as NetServer } from 'node:net'
import { Server as TlsServer } from 'node:tls'
import { types } from 'node:util'

/*
 * Everything undocumented that the library reads of Node, in one place. No property is written, and no request is looked at before
 * the signal, but for one whose handler asks for its `drainSignal`; the same on Node 20 to 26. http-terminator, stoppable and terminus depend on `_httpMessage` as well.
 */

interface HttpSocket extends Socket {
  /** The response that the socket is being written by; null between responses. */
  readonly _httpMessage?: ServerResponse | null
  /** Null once the socket was upgraded or has closed; undefined while it never was an HTTP socket. */
  readonly parser?: Parser | null
  /** The raw socket under a TLS one. */
  readonly _parent?: Socket | null
}

interface Parser {
  /** The newest request whose head is complete, until its response is finished and its body read. */
  readonly incoming: IncomingMessage | null
  readonly socket: Socket | null
}

/** Node's own list of a server's HTTP connections. */
interface ConnectionsList {
  all(): readonly Parser[]
  /** Those in the middle of a message, and those on which nothing was ever read. */
  active(): readonly Parser[]
}

export const currentResponse = (socket: Socket): ServerResponse | undefined =>
  (socket as HttpSocket)._httpMessage ?? undefined

export const newestRequest = (socket: Socket): IncomingMessage | undefined =>
  (socket as HttpSocket).parser?.incoming ?? undefined

export const isUpgraded = (socket: Socket): boolean => (socket as HttpSocket).parser === null && !socket.destroyed

export const isHttp = (socket: Socket): boolean => (socket as HttpSocket).parser !== undefined

export const rawSocketOf = (socket: Socket): Socket | undefined => (socket as HttpSocket)._parent ?? undefined

function hidden(owner: object, name: string): unknown {
  const symbol = Object.getOwnPropertySymbols(owner).find(({ description }) => description === name)
  return symbol && (owner as Record<symbol, unknown>)[symbol]
}

function connectionsList(server: NetServer): ConnectionsList | undefined {
  const list = hidden(server, 'http.server.connections')
  return typeof (list as ConnectionsList | undefined)?.active === 'function' ? (list as ConnectionsList) : undefined
}

/**
 * The sockets that a server has accepted so far: those of HTTP by Node's list, those that have left it (upgraded, before the
 * library was attached) by the list of what holds the process, those of HTTP/2 as {@link openSessions} knows them.
 */
export function openSockets(server: NetServer): Set<Socket> {
  const handles = server instanceof TlsServer || !connectionsList(server) ? [] : activeHandles()
  return new Set([
    ...socketsOf(connectionsList(server)?.all()),
    ...handles.filter((handle) => handle instanceof Socket && (handle as { server?: unknown }).server === server),
    ...openSessions(server).values(),
  ] as Socket[])
}

/** The sessions that an HTTP/2 server has open, each with its socket. Node 20 and 22 keep no such list. */
export function openSessions(server: NetServer): Map<ServerHttp2Session, Socket> {
  const sessions = hidden(server, 'sessions')
  const open = new Map<ServerHttp2Session, Socket>()
  if (!types.isSet(sessions)) return open
  // A set of Node's own making: it has the methods of a Set, and not its prototype.
  Set.prototype.forEach.call(sessions, (session: ServerHttp2Session) => {
    const socket = hidden(session, 'socket')
    if (socket instanceof Socket) open.set(session, socket)
  })
  return open
}

const activeHandles = (): unknown[] => (process as { _getActiveHandles?: () => unknown[] })._getActiveHandles?.() ?? []

/** The sockets in the middle of a request's head or body, and those on which nothing was ever read. */
export const receivingSockets = (server: NetServer): Socket[] => socketsOf(connectionsList(server)?.active())

const socketsOf = (parsers: readonly Parser[] = []): Socket[] =>
  parsers.flatMap(({ socket }) => (socket === null ? [] : [socket]))

/** The head of a response as it was sent; undefined before. `getHeader` does not know what was given to `writeHead`. */
export const sentHead = (response: ServerResponse): string | undefined =>
  (response as { _header?: string | null })._header ?? undefined

export function openStreams(session: ServerHttp2Session): ServerHttp2Stream[] {
  const state = hidden(session, 'state') as { streams?: Map<number, ServerHttp2Stream> } | undefined
  return [...(state?.streams?.values() ?? [])]
}

/** The request of a stream that is served through the `request` event. */
export const requestOf = (stream: ServerHttp2Stream): Http2ServerRequest | undefined =>
  hidden(stream, 'request') as Http2ServerRequest | undefined

/** How long Node leaves an idle connection open after a response, as the response's `Keep-Alive: timeout` told the client. */
export const toldIdleTime = (server: NetServer): number => (server as Partial<Server>).keepAliveTimeout ?? 0

/** Has the kernel let one connection wait for the process, not more: `listen` may be called again to say so. */
export function cutBacklog(server: NetServer): void {
  // Linux holds one more than it is told; elsewhere 0 stands for the default.
  const backlog = process.platform === 'linux' ? 0 : 1
  ;(server as { _handle?: { listen?(backlog: number): number } | null })._handle?.listen?.(backlog)
}

interface Readable {
  readStop?(): void
  readStart?(): void
}

/** Leaves what a new connection sends to the kernel for now. @returns what has it read */
export function holdReading(socket: Socket): () => void {
  const handle = (): Readable | null | undefined => (socket as { _handle?: Readable | null })._handle
  handle()?.readStop?.()
  return () => handle()?.readStart?.()
}
