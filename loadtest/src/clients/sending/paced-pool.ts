import type { PlannedRequest } from '../../inputs/requests/planned-request.js'
import type { ClientContext, RunningClient } from '../client.js'
import { sendAttempts } from './attempts.js'
import { pace } from './pace.js'
import { createPool } from './pool.js'

export interface PacedPoolOptions {
  /** How many keep-alive connections the pool keeps. */
  readonly connections: number
  /** Requests that `plan` returns at once, which are pipelined. Default: 1. */
  readonly depth?: number
  /** Returns the next requests, for one connection. */
  readonly plan: () => readonly PlannedRequest[]
}

/** Starts a client that sends its requests at the rate of the context, over a pool of keep-alive connections. */
export function startPacedPool(
  context: ClientContext,
  { connections, depth = 1, plan }: PacedPoolOptions,
): RunningClient {
  const pool = createPool(context, connections)
  const stop = pace(context.rate / depth, context.random, (scheduledAt) => {
    const requests = plan()
    if (requests.length > 0) sendAttempts(context, pool.take(), requests, { scheduledAt })
  })
  return { stop, close: () => pool.close() }
}
