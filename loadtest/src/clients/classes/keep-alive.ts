import { planRead } from '../../inputs/requests/requests.js'
import type { ClientClass } from '../client.js'
import { startPacedPool } from '../sending/paced-pool.js'

/** Enough connections to reach every pod behind one URL. */
const CONNECTIONS = 6

export const keepAlive: ClientClass = {
  name: 'keep-alive',
  description:
    'busy keep-alive connections: detects a server that closes a connection without sending Connection: close first',
  weight: 30,
  supports: () => true,
  start: (context) =>
    startPacedPool(context, { connections: CONNECTIONS, plan: () => [planRead(context.profile.paths.read)] }),
}
