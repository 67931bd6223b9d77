import { EventEmitter } from 'node:events'
import type { Server } from 'node:http'
import type { Socket } from 'node:net'
import { createHttpTerminator } from 'http-terminator'

/**
 * Destroys the sockets that are still open at the end of the drain, with http-terminator.
 *
 * http-terminator tracks the connections of a server from its creation on. It is created here, with a stand-in server that has only
 * the remaining sockets. So it costs nothing before that, and it cannot reset connections that the drain still serves.
 */
export async function destroyAll(sockets: Iterable<Socket>): Promise<void> {
  const standIn = Object.assign(new EventEmitter(), { close: (done: (error?: Error) => void) => done() })
  const terminator = createHttpTerminator({ server: standIn as unknown as Server, gracefulTerminationTimeout: 0 })
  for (const socket of sockets) standIn.emit('connection', socket)
  await terminator.terminate()
}
