import { planRead } from '../../inputs/requests/requests.js'
import { sendAttempts } from '../sending/attempts.js'
import type { ClientClass } from '../client.js'
import { pace } from '../sending/pace.js'
import { createPool } from '../sending/pool.js'

/** Enough connections to reach every pod behind one URL. */
const CONNECTIONS = 6

export const keepAlive: ClientClass = {
  name: 'keep-alive',
  description:
    'busy keep-alive connections: detects a server that closes a connection without sending Connection: close first',
  weight: 30,
  supports: () => true,
  start: (context) => {
    const pool = createPool(context, CONNECTIONS)
    const stop = pace(context.rate, context.random, (scheduledAt) => {
      sendAttempts(context, pool.take(), [planRead(context.profile.paths.read)], { scheduledAt })
    })
    return { stop, close: () => pool.close() }
  },
}
