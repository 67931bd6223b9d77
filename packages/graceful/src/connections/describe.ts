import type { ServerHttp2Session, ServerHttp2Stream } from 'node:http2'
import type { Socket } from 'node:net'
import type { OpenConnection } from '../report.js'
import type { SeenStream } from './protocols/http2.js'
import { currentResponse, isHttp, isUpgraded, newestRequest, openStreams, requestOf } from './node/internals.js'

/** What a connection of HTTP/1.1, or one that has left it, is doing. */
export function describeSocket(
  socket: Socket,
  phase: OpenConnection['phase'],
  ageMs: number | undefined,
): OpenConnection {
  const request = currentResponse(socket)?.req ?? newestRequest(socket)
  return {
    kind: isUpgraded(socket) ? 'upgraded' : isHttp(socket) ? 'http1' : 'handshake',
    phase,
    peer: peerOf(socket),
    ...named(request),
    ...(ageMs === undefined ? {} : { ageMs }),
  }
}

/** What each stream of a session is doing, or that none is open. */
export function describeSession(
  socket: Socket,
  session: ServerHttp2Session,
  seen: (stream: ServerHttp2Stream) => SeenStream | undefined,
  now: number,
): OpenConnection[] {
  const peer = peerOf(socket)
  const streams = openStreams(session)
  if (streams.length === 0) return [{ kind: 'http2', phase: 'idle', peer }]
  return streams.map((stream) => {
    const known = seen(stream)
    return {
      kind: 'http2',
      phase: stream.headersSent ? 'response' : 'request',
      peer,
      ...named(requestOf(stream) ?? { method: known?.method, url: known?.path }),
      ...(known === undefined ? {} : { ageMs: Math.round(now - known.since) }),
    }
  })
}

function peerOf({ remoteAddress, remotePort, remoteFamily }: Socket): string {
  // A Unix socket's client has no address.
  if (remoteAddress === undefined) return 'a local client'
  return remoteFamily === 'IPv6' ? `[${remoteAddress}]:${remotePort}` : `${remoteAddress}:${remotePort}`
}

const named = (
  request: { method?: string | undefined; url?: string | undefined } | undefined,
): Pick<OpenConnection, 'method' | 'path'> => ({
  ...(request?.method === undefined ? {} : { method: request.method }),
  // The query may hold secrets.
  ...(request?.url === undefined ? {} : { path: request.url.split('?', 1)[0]! }),
})
