import { planUpload } from '../../inputs/requests/requests.js'
import { sendAttempts } from '../sending/attempts.js'
import type { ClientClass } from '../client.js'
import { pace } from '../sending/pace.js'
import { createPool } from '../sending/pool.js'

const CONNECTIONS = 1

export const slowUpload: ClientClass = {
  name: 'slow-upload',
  description: 'uploads that take seconds, some always in flight: detects request bodies cut off by SIGTERM',
  weight: 2,
  needs: 'paths.upload',
  supports: ({ paths }) => paths.upload !== undefined,
  start: (context) => {
    const pool = createPool(context, CONNECTIONS)
    const { upload } = context.profile.paths
    const stop = pace(context.rate, context.random, (scheduledAt) => {
      if (!upload) return
      const overMs = context.random.between(upload.slowMs.min, upload.slowMs.max)
      sendAttempts(context, pool.take(), [planUpload(upload, context.random, overMs)], { scheduledAt })
    })
    return { stop, close: () => pool.close() }
  },
}
