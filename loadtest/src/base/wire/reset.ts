import type { Socket } from 'node:net'

/**
 * Resets a connection after everything that was written to it has been flushed.
 *
 * Waits for a FIN that is being sent: Node refuses a reset then (EINVAL) and drops the socket without closing it, and the process
 * spins forever at its exit (seen with Node 24.21).
 */
export function resetAfterFlush(socket: Socket): void {
  const reset = (): void => {
    if (!socket.destroyed) socket.resetAndDestroy()
  }
  if (socket.writableEnded && !socket.writableFinished) socket.once('finish', reset)
  else if (socket.writableLength === 0) reset()
  // Not `drain`, which is emitted only after a write beyond the high-water mark.
  else socket.write(NOTHING, reset)
}

const NOTHING = Buffer.alloc(0)
