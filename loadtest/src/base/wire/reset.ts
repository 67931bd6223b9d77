import type { Socket } from 'node:net'

/**
 * Ends a connection with a reset, once everything that was written to it is on its way.
 *
 * Not while its FIN is being sent: Node refuses a reset then (EINVAL), lets go of the socket without closing it, and a process with
 * such a socket turns in circles for ever when it should end (seen with Node 24.21).
 */
export function resetAfterFlush(socket: Socket): void {
  const reset = (): void => {
    if (!socket.destroyed) socket.resetAndDestroy()
  }
  if (socket.writableEnded && !socket.writableFinished) socket.once('finish', reset)
  else if (socket.writableLength === 0) reset()
  // Not `drain`, which comes only after a write beyond the high-water mark.
  else socket.write(NOTHING, reset)
}

const NOTHING = Buffer.alloc(0)
