import { now } from '../../base/clock.js'
import { planRead } from '../../inputs/requests/requests.js'
import type { PlannedRequest } from '../../inputs/requests/planned-request.js'
import { openConnection, sendAttempts } from '../sending/attempts.js'
import type { ClientClass, ClientContext } from '../client.js'
import { startPacedPool } from '../sending/paced-pool.js'

const CONNECTIONS = 2
/** Requests in one segment. */
const DEPTH = 3

const burst = ({ profile }: ClientContext): PlannedRequest[] =>
  Array.from({ length: DEPTH }, () => planRead(profile.paths.read))

export const pipelined: ClientClass = {
  name: 'pipelined',
  description: `${DEPTH} requests at once on one connection: detects a server that sends Connection: close too early`,
  weight: 10,
  supports: () => true,
  persistent: true,
  habit: {
    probe: (context) => {
      const connection = openConnection(context, { idle: (answered) => answered.end() })
      sendAttempts(context, connection, burst(context), { scheduledAt: now() })
    },
    explanation: `the server does not answer ${DEPTH} requests sent at once on one connection, as RFC 9112 §9.3.2 requires; leave this class out with --without pipelined`,
  },
  start: (context) => startPacedPool(context, { connections: CONNECTIONS, depth: DEPTH, plan: () => burst(context) }),
}
