import type { IncomingMessage, Server } from 'node:http'
import type { Duplex } from 'node:stream'
import { WebSocket, WebSocketServer } from 'ws'
import type { RawData } from 'ws'
import type { Logger } from '../logger.js'

/** How long a client may take to read that it is refused, in ms. */
const PARTING = 1_000
const LONGEST_MESSAGE = 64 * 1024
const SANE_ID = /^[\w.:-]{1,128}$/
/** Closed as the protocol has it; any other end is told by a code that says so. */
const ORDERLY = new Set([1000, 1001, 1005])

interface Identity {
  version: string
  pod: string
}

/**
 * A WebSocket at `/echo` that sends each message back. It says who answers in the headers of its handshake, and logs as every
 * other route does: one request from handshake to close; and one for each message that is an id, for whoever counts them.
 *
 * Nothing is taken any more once the server has said that it is closing: a message that crosses its close frame was not processed.
 */
export const echoRoute = (server: Server, { version, pod }: Identity, logger: Logger): WebSocketServer => {
  const webSockets = new WebSocketServer({ noServer: true, maxPayload: LONGEST_MESSAGE, perMessageDeflate: false })
  webSockets.on('headers', (headers, request) => {
    headers.push(`X-Service-Version: ${version}`, `X-Pod: ${pod}`)
    const id = ownId(request)
    if (id !== undefined) headers.push(`X-Request-Id: ${id}`)
  })
  webSockets.on('connection', (client, request) => serve(client, logger, ownId(request)))
  // From Node 24.9 on: an upgrade to anything else is passed over, as a server may (RFC 9110 §7.8), and the request answered.
  Object.assign(server, { shouldUpgradeCallback: isEcho })
  server.on('upgrade', (request, socket, head) => {
    if (isEcho(request)) return webSockets.handleUpgrade(request, socket, head, (client) => connected(client, request))
    refuse(socket)
  })
  const connected = (client: WebSocket, request: IncomingMessage): void =>
    void webSockets.emit('connection', client, request)
  return webSockets
}

/** Before Node 24.9. The socket is nobody's any more: its errors would end the process, and its client could keep it for ever. */
const refuse = (socket: Duplex): void => {
  socket.on('error', () => {})
  socket.resume()
  socket.end('HTTP/1.1 426 Upgrade Required\r\nUpgrade: websocket\r\nConnection: Upgrade, close\r\n\r\n')
  setTimeout(() => socket.destroy(), PARTING).unref()
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
  // What breaks the protocol is closed by ws, with its code; without a listener it would end the process.
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
