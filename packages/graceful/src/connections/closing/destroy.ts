import { EventEmitter } from 'node:events'
import type { Server } from 'node:http'
import type { Socket } from 'node:net'
import { createHttpTerminator } from 'http-terminator'

/**
 * Destroys the sockets that the drain could not finish, by http-terminator.
 *
 * http-terminator follows a server's connections from the moment that it is made. It is made here, at the end, with a server that
 * has just the connections that are left: so it costs nothing before, and cannot reset connections that the drain still serves.
 */
export async function destroyAll(sockets: Iterable<Socket>): Promise<void> {
  const rest = Object.assign(new EventEmitter(), { close: (done: (error?: Error) => void) => done() })
  const terminator = createHttpTerminator({ server: rest as unknown as Server, gracefulTerminationTimeout: 0 })
  for (const socket of sockets) rest.emit('connection', socket)
  await terminator.terminate()
}
