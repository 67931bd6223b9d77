import type { ServerHttp2Stream } from 'node:http2'
import type { Socket } from 'node:net'
import type { OpenConnection } from '../types.js'
import { pathWithoutSecrets } from './requests/path.js'
import type { KnownStream } from './protocols/http2.js'
import { currentResponse, isHttp, isUpgraded, newestRequest, requestOf } from './node/internals.js'

/** Describes a connection of HTTP/1.1, an upgraded connection, or one whose TLS handshake is incomplete. */
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
    ...requestFields(request),
    ...(ageMs === undefined ? {} : { ageMs }),
  }
}

/** Describes streams of a session, or the idle session. */
export function describeSession(
  socket: Socket,
  streams: readonly ServerHttp2Stream[],
  lookUp: (stream: ServerHttp2Stream) => KnownStream | undefined,
  now: number,
): OpenConnection[] {
  const peer = peerOf(socket)
  if (streams.length === 0) return [{ kind: 'http2', phase: 'idle', peer }]
  return streams.map((stream) => {
    const known = lookUp(stream)
    return {
      kind: 'http2',
      phase: stream.headersSent ? 'response' : 'request',
      peer,
      ...requestFields(requestOf(stream) ?? { method: known?.headers?.[':method'], url: known?.headers?.[':path'] }),
      ...(known === undefined ? {} : { ageMs: Math.round(now - known.since) }),
    }
  })
}

function peerOf({ remoteAddress, remotePort, remoteFamily }: Socket): string {
  // The client of a Unix socket has no address.
  if (remoteAddress === undefined) return 'a local client'
  return remoteFamily === 'IPv6' ? `[${remoteAddress}]:${remotePort}` : `${remoteAddress}:${remotePort}`
}

const requestFields = (
  request: { method?: string | undefined; url?: string | undefined } | undefined,
): Pick<OpenConnection, 'method' | 'path'> => ({
  ...(request?.method === undefined ? {} : { method: request.method }),
  ...(request?.url === undefined ? {} : { path: pathWithoutSecrets(request.url) }),
})
