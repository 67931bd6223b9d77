import { now } from '../../base/clock.js'
import { Http2Session } from '../http2/session.js'
import { planRead, planSlow, planStream } from '../../inputs/requests/requests.js'
import type { PlannedRequest } from '../../inputs/requests/planned-request.js'
import type { ClientClass, ClientContext } from '../client.js'
import { pace } from '../sending/pace.js'

/** Number of requests before a connection is replaced. The first connection is kept until GOAWAY. */
const LIVES = [Infinity, 20]
/** Every fourth request of each connection is a long one, so that some are in flight at a GOAWAY. */
const LONG = 4

export const http2: ClientClass = {
  name: 'http2',
  description: 'requests as streams of HTTP/2 connections: detects streams cut off by a GOAWAY, or without one',
  weight: 12,
  needs: 'http2: true',
  supports: (profile) => profile.http2 === true,
  probe: (context) => {
    const session = new Http2Session(context)
    session.request(planRead(context.profile.paths.read), now())
    session.leave()
  },
  start: (context) => {
    const sessions: (Http2Session | undefined)[] = []
    let count = 0
    const stop = pace(context.rate, context.random, (scheduledAt) => {
      count += 1
      const turn = count % LIVES.length
      let session = sessions[turn]
      if (!session?.usable) sessions[turn] = session = new Http2Session(context)
      session.request(plan(context, Math.ceil(count / LIVES.length)), scheduledAt)
      if (session.streams >= (LIVES[turn] ?? 0)) session.leave()
    })
    return {
      stop,
      close: () => {
        for (const session of sessions) session?.leave()
      },
    }
  },
}

const plan = ({ profile, random }: ClientContext, count: number): PlannedRequest => {
  const { read, slow, stream } = profile.paths
  if (count % LONG === 0 && slow) return planSlow(slow, random)
  if (count % LONG === 2 && stream && count % (4 * LONG) === 2) return planStream(stream, random)
  return planRead(read)
}
