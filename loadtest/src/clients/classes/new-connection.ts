import { planRead } from '../../inputs/requests/requests.js'
import { openConnection, sendAttempts } from '../sending/attempts.js'
import type { ClientClass } from '../client.js'
import { pace } from '../sending/pace.js'

export const newConnection: ClientClass = {
  name: 'new-connection',
  description: 'a new connection for each request: detects a listener that closed before traffic stopped arriving',
  weight: 30,
  supports: () => true,
  start: (context) => {
    const stop = pace(context.rate, context.random, (scheduledAt) => {
      // The server may keep the connection open although it was asked to close it.
      const connection = openConnection(context, { idle: (answered) => answered.end() })
      sendAttempts(context, connection, [planRead(context.profile.paths.read)], { scheduledAt, close: true })
    })
    return { stop, close: () => undefined }
  },
}
