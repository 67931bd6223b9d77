import { planCreate, planUpload } from '../../inputs/requests/requests.js'
import type { PlannedRequest } from '../../inputs/requests/planned-request.js'
import type { ClientClass, ClientContext } from '../client.js'
import { startPacedPool } from '../sending/paced-pool.js'

const CONNECTIONS = 4

export const post: ClientClass = {
  name: 'post',
  description: 'POST requests that must be answered exactly once, with the digest of their body',
  weight: 12,
  needs: 'paths.upload or paths.create',
  supports: ({ paths }) => paths.upload !== undefined || paths.create !== undefined,
  start: (context) => {
    let count = 0
    const next = (): PlannedRequest[] => {
      count += 1
      const request = plan(context, count)
      return request ? [request] : []
    }
    return startPacedPool(context, { connections: CONNECTIONS, plan: next })
  },
}

const plan = ({ profile, random, created }: ClientContext, count: number): PlannedRequest | undefined => {
  const { upload, create } = profile.paths
  const digest = upload && (() => planUpload(upload, random))
  const made = create && (() => planCreate(create, created))
  const kinds = [digest, made].filter((kind) => kind !== undefined)
  return kinds[count % kinds.length]?.()
}
