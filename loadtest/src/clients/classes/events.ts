import { now } from '../../base/clock.js'
import { planEvents } from '../../inputs/requests/events.js'
import { openConnection, sendAttempts } from '../sending/attempts.js'
import type { ClientClass, ClientContext } from '../client.js'
import { pace } from '../sending/pace.js'

/** How long browsers wait before they reconnect, unless the server names another time, in ms. */
const USUAL_RETRY = 1_000
/** A longer pause, in ms, would keep a client away from the rest of the run. */
const LONGEST_RETRY = 5_000

export const events: ClientClass = {
  name: 'events',
  description:
    'server-sent events, some always open: detects streams cut off instead of ended, and events lost or repeated after a reconnect',
  weight: 2,
  needs: 'paths.events',
  supports: ({ paths }) => paths.events !== undefined,
  start: (context) => {
    const reconnects = new Reconnects()
    const stop = pace(context.rate, context.random, (scheduledAt) => {
      const { events: path } = context.profile.paths
      if (path)
        follow(context, reconnects, scheduledAt, { count: context.random.whole(path.count.min, path.count.max) })
    })
    return {
      stop: () => {
        stop()
        reconnects.stop()
      },
      close: () => undefined,
    }
  },
}

/** The pauses before the reconnects. A stream can end after the load has stopped: then its client does not reconnect. */
class Reconnects {
  readonly #timers = new Set<NodeJS.Timeout>()
  #stopped = false

  after(pause: number, reconnect: () => void): void {
    if (this.#stopped) return
    const timer = setTimeout(() => {
      this.#timers.delete(timer)
      reconnect()
    }, pause)
    this.#timers.add(timer)
  }

  stop(): void {
    this.#stopped = true
    for (const timer of this.#timers) clearTimeout(timer)
  }
}

interface Rest {
  readonly count: number
  /** The number of the last event on the earlier streams. */
  readonly after?: number
}

/** Opens one stream and, after an early end, another one for the remaining events, as an EventSource does. */
function follow(context: ClientContext, reconnects: Reconnects, scheduledAt: number, { count, after = 0 }: Rest): void {
  const { events: path } = context.profile.paths
  if (!path) return
  const request = planEvents(path, {
    count,
    after: path.numbered ? after : 0,
    ended: ({ received, retryMs }) => {
      if (received >= count) return
      context.notes.streamsEnded += 1
      const pause = Math.min(retryMs ?? USUAL_RETRY, LONGEST_RETRY)
      const due = now() + pause
      reconnects.after(pause, () =>
        follow(context, reconnects, due, { count: count - received, after: after + received }),
      )
    },
  })
  // Browsers send no other request on the connection of an event stream, and rarely reuse one for it.
  const connection = openConnection(context, { idle: (answered) => answered.end() })
  sendAttempts(context, connection, [request], { scheduledAt })
}
