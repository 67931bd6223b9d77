import { now } from '../../base/clock.js'
import type { Connection } from '../../base/wire/http1/connection.js'
import { planRead } from '../../inputs/requests/requests.js'
import { openConnection, sendAttempts } from '../sending/attempts.js'
import type { ClientClass, ClientContext } from '../client.js'
import { IDLE_MARGIN, longestIdleMs } from '../sending/pool.js'

const SHORTEST_PAUSE = 50
/** The mean pause with the 5 s that Node's server promises, in ms. It decides the number of connections. */
const USUAL_PAUSE = 2_250
/** The fraction of the golden ratio: its multiples, modulo 1, cover a range evenly. */
const STEP = 0.618_033_988_749_895

/**
 * Every connection loops: answer, pause, request. The pauses range from almost nothing up to the time that the server promised with
 * `Keep-Alive: timeout`, minus a margin. A pause starts at the last answer, as the server measures it, so the clock does not pace
 * this class.
 */
export const idleKeepAlive: ClientClass = {
  name: 'idle-keep-alive',
  description:
    'connections idle for up to the time that the server promised: detects an idle connection closed under a request',
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
  /** How many connections in a row ended before a pause: they failed, or were closed after their first answer. */
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
      // The loop continues with a new connection. If the connection closed during its pause, the next request is already
      // scheduled.
      closed: (connection) => {
        if (connection !== current) return
        current = undefined
        if (connection.answers <= 1) keptNone += 1
        // A server that keeps no connection open, or refuses each, would make this loop run as fast as it answers, whatever the rate.
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

/** Returns whether the server still keeps the connection open: a late timer must not make the client break the rule. */
const stillPromised = (context: ClientContext, connection: Connection): boolean => {
  const { idleMs, mayCloseAt = Infinity } = connection
  const spare = IDLE_MARGIN / 2
  return idleMs !== undefined && idleMs < longestIdleMs(context, connection) + spare && now() < mayCloseAt - spare
}
