import type { IncomingMessage, Server } from 'node:http'
import type { Duplex } from 'node:stream'
import { WebSocketServer } from 'ws'
import type { WebSocket } from 'ws'
import type { Logger } from '../logger.js'
import { commonHeaders, idFor } from '../middleware/identify.js'
import type { Identity } from '../middleware/identify.js'
import { rawAnswer } from '../raw-answer.js'
import { serveEcho } from './echo-session.js'

/** How long a client may take to read the rejection of its upgrade, in ms. */
const REJECTION_MS = 1_000
const LONGEST_MESSAGE = 64 * 1024

/**
 * Adds a WebSocket at `/echo` that sends each message back. Its handshake, and the rejection of one, have the same
 * headers as every response.
 */
export const echoRoute = (server: Server, identity: Identity, logger: Logger): WebSocketServer => {
  const webSockets = new WebSocketServer({
    noServer: true,
    maxPayload: LONGEST_MESSAGE,
    perMessageDeflate: false,
    autoPong: false,
  })
  const ids = new WeakMap<IncomingMessage, string>()
  const idOf = (request: IncomingMessage): string => {
    const id = ids.get(request) ?? idFor(request.headers)
    ids.set(request, id)
    return id
  }
  webSockets.on('headers', (headers, request) => {
    for (const [name, value] of Object.entries(commonHeaders(identity, idOf(request))))
      headers.push(`${name}: ${value}`)
  })
  webSockets.on('connection', (client, request) => serveEcho(client, logger, idOf(request)))
  webSockets.on('wsClientError', (error, socket, request) => {
    const status = request.method === 'GET' ? 400 : 405
    const headers: Record<string, string> = status === 405 ? { Allow: 'GET' } : { 'Sec-WebSocket-Version': '13' }
    refuse(socket, rawAnswer({ status, identity, requestId: idOf(request), reasons: [error.message], headers }))
  })
  // From Node 24.9 on, the server ignores an upgrade to another protocol (RFC 9110 §7.8) and answers the request.
  Object.assign(server, { shouldUpgradeCallback: isEcho })
  server.on('upgrade', (request, socket, head) => {
    if (isEcho(request)) return webSockets.handleUpgrade(request, socket, head, (client) => connected(client, request))
    refuse(socket, upgradeRequired(identity, idOf(request)))
  })
  const connected = (client: WebSocket, request: IncomingMessage): void =>
    void webSockets.emit('connection', client, request)
  return webSockets
}

const upgradeRequired = (identity: Identity, requestId: string): string =>
  rawAnswer({
    status: 426,
    identity,
    requestId,
    reasons: ['Upgrade: accepted: websocket, at /echo'],
    headers: { Upgrade: 'websocket', Connection: 'Upgrade, close' },
  })

/**
 * Rejects an upgrade. No other code handles this socket: its errors would end the process, and its client could keep it
 * open forever.
 */
const refuse = (socket: Duplex, answer: string): void => {
  socket.on('error', () => {})
  socket.resume()
  socket.end(answer)
  setTimeout(() => socket.destroy(), REJECTION_MS).unref()
}

const isEcho = ({ headers, url = '' }: IncomingMessage): boolean =>
  headers.upgrade?.toLowerCase() === 'websocket' && url.split('?')[0] === '/echo'
