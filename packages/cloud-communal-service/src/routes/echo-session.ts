import { WebSocket } from 'ws'
import type { RawData } from 'ws'
import type { Logger } from '../logger.js'
import { isRequestId } from '../middleware/identify.js'

/** Bytes that may wait for a client to read them. Above, the service reads nothing from this client. */
export const MOST_UNREAD: number = 64 * 1024
/** Close codes of a normal end: normal, going away, no code. */
const ORDERLY = new Set([1000, 1001, 1005])

/**
 * Sends each message of a client back, and answers its pings. A client that does not read its messages can send no
 * more, so that they do not fill the memory. `ws` answers pings without this limit, so its option `autoPong` must be
 * off.
 *
 * Logs one request from handshake to close, and one for each message that is a valid request id, so that messages can
 * be counted. After the server has sent its close frame, it ignores messages that are still on their way.
 */
export const serveEcho = (client: WebSocket, logger: Logger, requestId: string): void => {
  const common = { method: 'GET', path: '/echo', status: 101 }
  logger.info({ requestId, ...common }, 'request started')
  // On a protocol error ws closes the connection. Without a listener the error would end the process.
  client.on('error', () => {})
  client.on('message', (data: RawData, isBinary) => {
    if (client.readyState !== WebSocket.OPEN) return
    client.send(data, { binary: isBinary }, () => resumeReading(client))
    pauseReading(client)
    const id = isBinary ? '' : (data as Buffer).toString('utf8')
    if (isRequestId(id))
      logger.info({ requestId: id, method: 'message', path: '/echo', outcome: 'finished' }, 'request')
  })
  client.on('ping', (data) => {
    if (client.readyState !== WebSocket.OPEN) return
    client.pong(data, false, () => resumeReading(client))
    pauseReading(client)
  })
  client.on('close', (code) => {
    logger.info({ requestId, ...common, code, outcome: ORDERLY.has(code) ? 'finished' : 'aborted' }, 'request')
  })
}

const pauseReading = (client: WebSocket): void => {
  if (client.bufferedAmount > MOST_UNREAD) client.pause()
}

const resumeReading = (client: WebSocket): void => {
  if (client.isPaused && client.bufferedAmount <= MOST_UNREAD) client.resume()
}
