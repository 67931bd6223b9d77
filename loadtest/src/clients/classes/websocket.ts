import { now } from '../../base/clock.js'
import { WebSocketSession } from '../websocket/session.js'
import type { WebSocketSessionOptions } from '../websocket/session.js'
import type { ClientClass, ClientContext } from '../client.js'
import { pace } from '../sending/pace.js'

/** WebSockets that stay open to one URL. */
const SESSIONS = 2

/**
 * The clock paces the messages. When a message is due and its session has ended, a new session opens. Clients leave each session
 * after a while, so that sessions open at every moment of a rollout.
 */
export const websocket: ClientClass = {
  name: 'websocket',
  description:
    'WebSockets with messages to answer: detects sessions that end without a close frame, and messages read but not answered',
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
