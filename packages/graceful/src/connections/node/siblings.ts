import { Server } from 'node:net'
import { isAdmin } from '../../process/handover.js'
import { activeHandles } from './internals.js'

/** Events with which a server passes requests to an application. */
const REQUEST_EVENTS = ['request', 'stream'] as const

/**
 * Returns the listening servers of the process that pass requests to the same function as one of `servers`. For `localhost`, Fastify opens a
 * second server on the other address (`::1`) with the same handler, and does not expose it.
 *
 * The library looks for them at the signal, so they cost nothing before it.
 */
export function siblingsOf(servers: readonly Server[]): Server[] {
  const handlers = new Set(servers.flatMap(handlersOf))
  const others = activeHandles().filter(
    (handle): handle is Server => handle instanceof Server && !servers.includes(handle) && !isAdmin(handle),
  )
  return others.filter((server) => handlersOf(server).some((handler) => handlers.has(handler)))
}

const handlersOf = (server: Server): unknown[] => REQUEST_EVENTS.flatMap((event) => server.listeners(event))
