import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import type { Server as NetServer, Socket } from 'node:net'

/*
 * Everything undocumented that the library reads of Node, in one place. All of it is read, never written, and only after the
 * signal; the same on Node 20 to 26. http-terminator, stoppable and terminus depend on `_httpMessage` as well.
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

function connectionsList(server: NetServer): ConnectionsList | undefined {
  const symbol = Object.getOwnPropertySymbols(server).find(
    ({ description }) => description === 'http.server.connections',
  )
  const list = symbol && (server as unknown as Record<symbol, unknown>)[symbol]
  return typeof (list as ConnectionsList | undefined)?.active === 'function' ? (list as ConnectionsList) : undefined
}

/** The HTTP sockets that a server has accepted so far. */
export const httpSockets = (server: NetServer): Socket[] => socketsOf(connectionsList(server)?.all())

/** The sockets in the middle of a request's head or body, and those on which nothing was ever read. */
export const receivingSockets = (server: NetServer): Socket[] => socketsOf(connectionsList(server)?.active())

const socketsOf = (parsers: readonly Parser[] = []): Socket[] =>
  parsers.flatMap(({ socket }) => (socket === null ? [] : [socket]))

/** How long Node leaves an idle connection open after a response, as the response's `Keep-Alive: timeout` told the client. */
export const toldIdleTime = (server: NetServer): number => (server as Partial<Server>).keepAliveTimeout ?? 0
