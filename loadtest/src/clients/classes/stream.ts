import { planStream } from '../../inputs/requests/requests.js'
import type { ClientClass } from '../client.js'
import { startPacedPool } from '../sending/paced-pool.js'

const CONNECTIONS = 1

export const stream: ClientClass = {
  name: 'stream',
  description: 'long chunked downloads, some always in flight: detects responses cut off before their last chunk',
  weight: 2,
  needs: 'paths.stream',
  supports: ({ paths }) => paths.stream !== undefined,
  start: (context) => {
    const { random, profile } = context
    const { stream: path } = profile.paths
    return startPacedPool(context, { connections: CONNECTIONS, plan: () => (path ? [planStream(path, random)] : []) })
  },
}
