import { now } from '../../base/clock.js'
import type { Connection } from '../../base/wire/http1/connection.js'
import { planRead } from '../../inputs/requests/requests.js'
import { openConnection, sendAttempts } from '../sending/attempts.js'
import type { ClientClass, ClientContext } from '../client.js'
import { IDLE_MARGIN, longestIdleMs } from '../sending/pool.js'

const SHORTEST_PAUSE = 50
/** What the number of connections is reckoned with: the mean pause under the 5 s that Node's server promises. */
const USUAL_PAUSE = 2_250
/** The golden ratio's fraction: its multiples, modulo 1, cover the span evenly from the first few on. */
const STEP = 0.618_033_988_749_895

/**
 * Every connection is a loop of its own: answer, pause, request. The pauses are swept from next to nothing up to what the
 * server promised with `Keep-Alive: timeout`, less a margin. A pause counts from the last answer, as the server counts it,
 * so this class alone is not paced by the clock.
 */
export const idleKeepAlive: ClientClass = {
  name: 'idle-keep-alive',
  description:
    'connections left idle for up to the time the server promised: sees an idle connection closed under a request',
  weight: 10,
  supports: () => true,
  start: (context) => {
    const connections = Math.max(1, Math.round((context.rate * USUAL_PAUSE) / 1_000))
    const loops = Array.from({ length: connections }, (_, index) => startLoop(context, index, connections))
    return {
      stop: () => {
        for (const loop of loops) loop.stop()
      },
      close: () => {
        for (const loop of loops) loop.close()
      },
    }
  },
}

function startLoop(context: ClientContext, index: number, of: number): { stop(): void; close(): void } {
  let sweep = context.random.next()
  let current: Connection | undefined
  let timer: NodeJS.Timeout | undefined
  let stopped = false
  /** How many connections in a row were closed after their first answer. */
  let keptNone = 0

  const schedule = (pause: number): void => {
    if (stopped) return
    const scheduledAt = now() + pause
    timer = setTimeout(() => {
      timer = undefined
      current = current && stillPromised(context, current) ? current : open()
      sendAttempts(context, current, [planRead(context.profile.paths.read)], { scheduledAt })
    }, pause)
  }

  const open = (): Connection => {
    current?.end()
    return openConnection(context, {
      idle: (connection) => {
        keptNone = 0
        sweep = (sweep + STEP) % 1
        schedule(SHORTEST_PAUSE + sweep * Math.max(0, longestIdleMs(context, connection) - SHORTEST_PAUSE))
      },
      // After an answer that said so, or without one: the loop goes on with a new connection. One that was closed during
      // its pause has its next request scheduled already.
      closed: (connection) => {
        if (connection !== current) return
        current = undefined
        if (connection.answers === 1) keptNone += 1
        // A server that keeps none would have this loop go round as fast as it answers, whatever the rate.
        if (timer === undefined) schedule(keptNone > 1 ? USUAL_PAUSE : SHORTEST_PAUSE)
      },
    })
  }

  schedule((USUAL_PAUSE * index) / of)
  return {
    stop: () => {
      stopped = true
      clearTimeout(timer)
    },
    close: () => current?.end(),
  }
}

/** A timer that fired late must not make this client the one that broke the rule. */
const stillPromised = (context: ClientContext, connection: Connection): boolean => {
  const { idleMs } = connection
  return idleMs !== undefined && idleMs < longestIdleMs(context, connection) + IDLE_MARGIN / 2
}
