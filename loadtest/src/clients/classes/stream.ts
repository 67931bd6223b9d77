import { planStream } from '../../inputs/requests/requests.js'
import { sendAttempts } from '../sending/attempts.js'
import type { ClientClass } from '../client.js'
import { pace } from '../sending/pace.js'
import { createPool } from '../sending/pool.js'

const CONNECTIONS = 1

export const stream: ClientClass = {
  name: 'stream',
  description: 'long chunked downloads, some always in flight: detects responses cut off before their last chunk',
  weight: 2,
  needs: 'paths.stream',
  supports: ({ paths }) => paths.stream !== undefined,
  start: (context) => {
    const pool = createPool(context, CONNECTIONS)
    const { stream: path } = context.profile.paths
    const stop = pace(context.rate, context.random, (scheduledAt) => {
      if (path) sendAttempts(context, pool.take(), [planStream(path, context.random)], { scheduledAt })
    })
    return { stop, close: () => pool.close() }
  },
}
