import { now } from '../../base/clock.js'
import { WebSocketSession } from '../websocket/session.js'
import type { WebSocketSessionOptions } from '../websocket/session.js'
import type { ClientClass, ClientContext } from '../client.js'
import { pace } from '../sending/pace.js'

/** How many WebSockets are kept open to one URL. */
const SESSIONS = 2

/**
 * Messages are paced by the clock; a session that has ended is followed by another one when the next message is due. A client keeps
 * each for a while and leaves, so that new ones are opened at every moment of a rollout.
 */
export const websocket: ClientClass = {
  name: 'websocket',
  description:
    'WebSockets with messages to be answered: sees those that end without a close frame, and messages read but not answered',
  weight: 6,
  needs: 'paths.websocket',
  supports: ({ paths }) => paths.websocket !== undefined,
  probe: (context) => {
    const session = openSession(context, { scheduledAt: now() })
    session?.send(now())
    session?.leave()
  },
  start: (context) => {
    const sessions: (WebSocketSession | undefined)[] = []
    const open = new Set<WebSocketSession>()
    let turn = 0
    const stop = pace(context.rate, context.random, (scheduledAt) => {
      turn = (turn + 1) % SESSIONS
      let session = sessions[turn]
      if (!session?.usable) {
        session = openSession(context, { scheduledAt, ended: (one) => void open.delete(one) })
        if (session) open.add(session)
        sessions[turn] = session
      }
      session?.send(scheduledAt)
    })
    return {
      stop: () => {
        stop()
        for (const session of open) session.leave()
      },
      close: () => {
        for (const session of open) session.leave()
      },
    }
  },
}

function openSession(
  context: ClientContext,
  options: Omit<WebSocketSessionOptions, 'path' | 'openMs'>,
): WebSocketSession | undefined {
  const { websocket: path } = context.profile.paths
  if (!path) return undefined
  return new WebSocketSession(context, {
    ...options,
    path,
    openMs: context.random.between(path.openMs.min, path.openMs.max),
  })
}
