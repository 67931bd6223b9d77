import { planRead } from '../profile/requests.js'
import { sendAttempts } from './attempts.js'
import type { ClientClass } from './client.js'
import { pace } from './pace.js'
import { createPool } from './pool.js'

const CONNECTIONS = 2
/** Requests that leave in one segment. */
const DEPTH = 3

export const pipelined: ClientClass = {
  name: 'pipelined',
  description: `${DEPTH} requests at once on one connection: sees a server that says Connection: close too early`,
  weight: 10,
  supports: () => true,
  start: (context) => {
    const pool = createPool(context, CONNECTIONS)
    const stop = pace(context.rate / DEPTH, context.random, (scheduledAt) => {
      const burst = Array.from({ length: DEPTH }, () => planRead(context.profile.paths.read))
      sendAttempts(context, pool.take(), burst, { scheduledAt })
    })
    return { stop, close: () => pool.close() }
  },
}
