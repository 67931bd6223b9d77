import type { RequestCounts } from './request-book.js'

/**
 * autocannon's part of the load, reconciled by request ids. It says how the service bears up, and never decides a
 * verdict: autocannon does not see a FIN under a request, and writes on connections whose last response said
 * `Connection: close`, which loses requests that no well-behaved client would lose.
 */
export interface BackgroundReport extends RequestCounts {
  readonly requestsPerSecond: number
  readonly latencyMs: { readonly p50: number; readonly p99: number; readonly max: number } | null
  /** What autocannon itself counted. */
  readonly autocannon: { readonly errors: number; readonly timeouts: number; readonly resets: number }
  /** Why there is less than this: autocannon ended before it was asked to. */
  readonly crashed: string | null
}

export interface BackgroundOptions {
  readonly urls: readonly string[]
  readonly path: string
  /** Requests per second over all URLs; at least one for each. */
  readonly rate: number
  readonly requestIdHeader: string
  readonly runId: string
  /** For a whole answer, in ms. */
  readonly timeoutMs: number
}

export type ToBackground = { readonly type: 'start'; readonly options: BackgroundOptions } | { readonly type: 'stop' }
