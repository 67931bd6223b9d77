import type { IncomingMessage, Server } from 'node:http'
import type { Duplex } from 'node:stream'
import { WebSocket, WebSocketServer } from 'ws'
import type { RawData } from 'ws'
import type { Logger } from '../logger.js'

/** How long a client may take to read the rejection of its upgrade, in ms. */
const REJECTION_MS = 1_000
const LONGEST_MESSAGE = 64 * 1024
const SANE_ID = /^[\w.:-]{1,128}$/
/** Close codes of a normal end: normal, going away, no code. */
const ORDERLY = new Set([1000, 1001, 1005])

interface Identity {
  version: string
  pod: string
}

/**
 * Adds a WebSocket at `/echo` that sends each message back. Its handshake has the same headers as every response. It
 * logs one request from handshake to close, and one for each message that is a valid request id, so that messages can
 * be counted.
 *
 * After the server has sent its close frame, it ignores messages that are still on their way.
 */
export const echoRoute = (server: Server, { version, pod }: Identity, logger: Logger): WebSocketServer => {
  const webSockets = new WebSocketServer({ noServer: true, maxPayload: LONGEST_MESSAGE, perMessageDeflate: false })
  webSockets.on('headers', (headers, request) => {
    headers.push(`X-Service-Version: ${version}`, `X-Pod: ${pod}`)
    const id = ownId(request)
    if (id !== undefined) headers.push(`X-Request-Id: ${id}`)
  })
  webSockets.on('connection', (client, request) => serve(client, logger, ownId(request)))
  // From Node 24.9 on, the server ignores an upgrade to another protocol (RFC 9110 §7.8) and answers the request.
  Object.assign(server, { shouldUpgradeCallback: isEcho })
  server.on('upgrade', (request, socket, head) => {
    if (isEcho(request)) return webSockets.handleUpgrade(request, socket, head, (client) => connected(client, request))
    refuse(socket)
  })
  const connected = (client: WebSocket, request: IncomingMessage): void =>
    void webSockets.emit('connection', client, request)
  return webSockets
}

/**
 * Rejects an upgrade before Node 24.9. No other code handles this socket: its errors would end the process, and its
 * client could keep it open forever.
 */
const refuse = (socket: Duplex): void => {
  socket.on('error', () => {})
  socket.resume()
  socket.end('HTTP/1.1 426 Upgrade Required\r\nUpgrade: websocket\r\nConnection: Upgrade, close\r\n\r\n')
  setTimeout(() => socket.destroy(), REJECTION_MS).unref()
}

const isEcho = ({ headers, url = '' }: IncomingMessage): boolean =>
  headers.upgrade?.toLowerCase() === 'websocket' && url.split('?')[0] === '/echo'

const ownId = ({ headers }: IncomingMessage): string | undefined => {
  const id = headers['x-request-id']
  return typeof id === 'string' && SANE_ID.test(id) ? id : undefined
}

const serve = (client: WebSocket, logger: Logger, requestId: string | undefined): void => {
  const common = { method: 'GET', path: '/echo', status: 101 }
  logger.info({ requestId, ...common }, 'request started')
  // On a protocol error ws closes the connection. Without a listener the error would end the process.
  client.on('error', () => {})
  client.on('message', (data: RawData, isBinary) => {
    if (client.readyState !== WebSocket.OPEN) return
    client.send(data, { binary: isBinary })
    const id = isBinary ? '' : (data as Buffer).toString('utf8')
    if (SANE_ID.test(id))
      logger.info({ requestId: id, method: 'message', path: '/echo', outcome: 'finished' }, 'request')
  })
  client.on('close', (code) => {
    logger.info({ requestId, ...common, code, outcome: ORDERLY.has(code) ? 'finished' : 'aborted' }, 'request')
  })
}
