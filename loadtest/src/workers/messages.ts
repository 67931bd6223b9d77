import type { ConnectionNotes } from '../clients/client.js'
import type { SelfReport } from '../base/machine/self-watch.js'
import type { Batch } from './batch.js'

/** A message of the coordinator to a worker. */
export type Order =
  /** Asks for the time of the worker's clocks. */
  | { readonly type: 'clock'; readonly id: number }
  /** Starts the load at this time of the worker's monotonic clock, in ms. */
  | { readonly type: 'start'; readonly at: number }
  /** Sends no more requests, and waits at most this long for the answers that are due, in ms. */
  | { readonly type: 'stop'; readonly drainMs: number }
  /** Gives up the requests in flight. */
  | { readonly type: 'give-up' }
  /** Every batch up to this number has arrived. */
  | { readonly type: 'received'; readonly batch: number }
  /** Everything has arrived: the worker may exit. */
  | { readonly type: 'exit' }

/** A message of a worker to the coordinator. */
export type News =
  /** `monotonic` as `performance.now()`, `epoch` as `Date.now()`. */
  | { readonly type: 'clock'; readonly id: number; readonly monotonic: number; readonly epoch: number }
  /** The service answers every kind of request. `byName`: DNS has resolved each name. */
  | { readonly type: 'ready'; readonly byName: boolean }
  /** The load cannot run, as `usage` shows because of what the user named. */
  | { readonly type: 'unable'; readonly reason: string; readonly usage: boolean }
  | { readonly type: 'attempts'; readonly batch: Batch }
  /** Everything has ended, and the batch with this number is the last one. */
  | { readonly type: 'end'; readonly lastBatch: number; readonly notes: ConnectionNotes; readonly self: SelfReport }
  /** The worker got SIGTERM: its pod is being evicted or deleted. */
  | { readonly type: 'terminating' }
