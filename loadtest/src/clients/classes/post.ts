import { planCreate, planUpload } from '../../inputs/requests/requests.js'
import type { PlannedRequest } from '../../inputs/requests/planned-request.js'
import { sendAttempts } from '../sending/attempts.js'
import type { ClientClass, ClientContext } from '../client.js'
import { pace } from '../sending/pace.js'
import { createPool } from '../sending/pool.js'

const CONNECTIONS = 4

export const post: ClientClass = {
  name: 'post',
  description: 'POST requests that must be answered exactly once, with the digest of their body',
  weight: 12,
  needs: 'paths.upload or paths.create',
  supports: ({ paths }) => paths.upload !== undefined || paths.create !== undefined,
  start: (context) => {
    const pool = createPool(context, CONNECTIONS)
    let count = 0
    const stop = pace(context.rate, context.random, (scheduledAt) => {
      count += 1
      const request = plan(context, count)
      if (request) sendAttempts(context, pool.take(), [request], { scheduledAt })
    })
    return { stop, close: () => pool.close() }
  },
}

const plan = ({ profile, random, created }: ClientContext, count: number): PlannedRequest | undefined => {
  const { upload, create } = profile.paths
  const digest = upload && (() => planUpload(upload, random))
  const made = create && (() => planCreate(create, created))
  const kinds = [digest, made].filter((kind) => kind !== undefined)
  return kinds[count % kinds.length]?.()
}
