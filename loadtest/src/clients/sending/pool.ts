import type { Connection } from '../../base/wire/http1/connection.js'
import { openConnection } from './attempts.js'
import type { ClientContext } from '../client.js'

/**
 * How much earlier than promised an idle connection is given up, in ms. The server's clock starts before the client's, by the travel
 * time of the last answer, and the next request needs travel time too.
 */
export const IDLE_MARGIN = 500

/** Keep-alive connections to one URL. */
export interface Pool {
  /** Returns the connection that has been idle longest, or a new one while the pool is below its size or all are busy. */
  take(): Connection
  close(): void
}

/** Creates a pool, which never uses a connection for longer than the server promised. */
export function createPool(context: ClientContext, size: number): Pool {
  const open = new Set<Connection>()
  const idle: Connection[] = []

  const add = (): Connection => {
    const connection = openConnection(context, {
      idle: (one) => void idle.push(one),
      closed: (one) => void open.delete(one),
    })
    open.add(connection)
    return connection
  }

  return {
    take: () => {
      for (let connection = idle.shift(); connection; connection = idle.shift()) {
        if (!connection.idle) continue
        if ((connection.idleMs ?? 0) < longestIdleMs(context, connection)) {
          if (open.size >= size) return connection
          // Below its size the pool grows first. The idle connection stays first in the queue.
          idle.unshift(connection)
          break
        }
        connection.end()
      }
      return add()
    },
    close: () => {
      for (const connection of open) connection.end()
    },
  }
}

/** Returns how long a connection may stay idle before its next request, in ms. */
export function longestIdleMs({ profile }: ClientContext, { keepAliveMs }: Connection): number {
  if (keepAliveMs === undefined) return profile.unpromisedIdleMs
  // A promise shorter than the margin: use half of it.
  return keepAliveMs > 2 * IDLE_MARGIN ? keepAliveMs - IDLE_MARGIN : keepAliveMs / 2
}
