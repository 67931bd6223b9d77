import { randomUUID } from 'node:crypto'
import type { Server } from 'node:http'
import type { Socket } from 'node:net'
import type { Logger } from './logger.js'
import { rawAnswer } from './raw-answer.js'

const STATUS: Readonly<Record<string, number>> = {
  HPE_HEADER_OVERFLOW: 431,
  HPE_CHUNK_EXTENSIONS_OVERFLOW: 413,
  ERR_HTTP_REQUEST_TIMEOUT: 408,
}

/**
 * Answers malformed and incomplete requests like every other client error: with JSON, the version, the pod and a
 * request id that is also in the log. No route receives such a request, and Node's own response is only a status line.
 */
export const answerMalformed = (
  server: Server,
  { version, pod, logger }: { version: string; pod: string; logger: Logger },
): void => {
  const pending = new WeakMap<Socket, number>()
  const count = (socket: Socket, by: number): void => void pending.set(socket, (pending.get(socket) ?? 0) + by)
  server.on('request', ({ socket }, response) => {
    count(socket, 1)
    response.once('close', () => count(socket, -1))
  })

  server.on('clientError', (error: NodeJS.ErrnoException, duplex) => {
    const socket = duplex as Socket
    // A response now would corrupt one that is in progress on this connection, and a client that has left needs none.
    if (!socket.writable || (pending.get(socket) ?? 0) > 0) {
      socket.destroy(error)
      return
    }
    const status = STATUS[error.code ?? ''] ?? 400
    const requestId = randomUUID()
    logger.info({ requestId, status, code: error.code, peer: socket.remoteAddress }, 'malformed request')
    const answer = rawAnswer({ status, identity: { version, pod }, requestId, reasons: [error.message] })
    socket.end(answer, () => socket.destroy())
  })
}
