import { planSlow } from '../../inputs/requests/requests.js'
import { sendAttempts } from '../sending/attempts.js'
import type { ClientClass } from '../client.js'
import { pace } from '../sending/pace.js'
import { createPool } from '../sending/pool.js'

/** Requests are long, so most need a new connection; some reuse one. */
const CONNECTIONS = 1

export const slow: ClientClass = {
  name: 'slow',
  description: 'requests that take seconds, some always in flight: detects handlers cut off by SIGTERM',
  weight: 4,
  needs: 'paths.slow',
  supports: ({ paths }) => paths.slow !== undefined,
  start: (context) => {
    const pool = createPool(context, CONNECTIONS)
    const { slow: path } = context.profile.paths
    const stop = pace(context.rate, context.random, (scheduledAt) => {
      if (path) sendAttempts(context, pool.take(), [planSlow(path, context.random)], { scheduledAt })
    })
    return { stop, close: () => pool.close() }
  },
}
