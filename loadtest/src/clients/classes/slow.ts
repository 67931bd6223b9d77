import { planSlow } from '../../inputs/requests/requests.js'
import type { ClientClass } from '../client.js'
import { startPacedPool } from '../sending/paced-pool.js'

/** Requests are long, so most need a new connection; some reuse one. */
const CONNECTIONS = 1

export const slow: ClientClass = {
  name: 'slow',
  description: 'requests that take seconds, some always in flight: detects handlers cut off by SIGTERM',
  weight: 4,
  needs: 'paths.slow',
  supports: ({ paths }) => paths.slow !== undefined,
  start: (context) => {
    const { random, profile } = context
    const { slow: path } = profile.paths
    return startPacedPool(context, { connections: CONNECTIONS, plan: () => (path ? [planSlow(path, random)] : []) })
  },
}
