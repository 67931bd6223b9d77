import type { Connection } from '../../base/wire/http1/connection.js'
import { openConnection } from './attempts.js'
import type { ClientContext } from '../client.js'

/**
 * How much earlier than the server promised an idle connection is given up, in ms. The server's clock starts before
 * ours, by the way of its last answer, and the next request has a way to go: what it closes within the time that is left
 * it closes against its word.
 */
export const IDLE_MARGIN = 500

/** Keep-alive connections to one URL. */
export interface Pool {
  /** The connection that has been idle for longest, or a fresh one: while there are fewer than `size`, or all are busy. */
  take(): Connection
  close(): void
}

/** Never keeps a connection for longer than the server promised. */
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
          // Below its size the pool grows first; the idle one keeps its place at the head of the queue.
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

/** For how long this connection may be left idle before the next request, in ms. */
export function longestIdleMs({ profile }: ClientContext, { keepAliveMs }: Connection): number {
  if (keepAliveMs === undefined) return profile.unpromisedIdleMs
  // Half of a promise too short for the margin.
  return keepAliveMs > 2 * IDLE_MARGIN ? keepAliveMs - IDLE_MARGIN : keepAliveMs / 2
}
