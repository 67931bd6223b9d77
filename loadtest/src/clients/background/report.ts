import type { Access } from '../../base/wire/access.js'
import type { ReadPath } from '../../inputs/profile/profile.js'
import type { RequestCounts } from './request-book.js'

/**
 * The background load of autocannon, counted by request id. It is not part of the verdict: autocannon does not see a FIN under a
 * request, and writes on connections whose last response said `Connection: close`, which loses requests that a correct client would
 * not lose.
 */
export interface BackgroundReport extends RequestCounts {
  readonly requestsPerSecond: number
  readonly latencyMs: { readonly p50: number; readonly p99: number; readonly max: number } | null
  /** autocannon's own counts. */
  readonly autocannon: { readonly errors: number; readonly timeouts: number; readonly resets: number }
  /** Why autocannon ended before it was stopped; null if it did not. */
  readonly crashed: string | null
}

export interface BackgroundOptions {
  readonly urls: readonly string[]
  readonly request: Pick<ReadPath, 'path' | 'method' | 'headers' | 'body'>
  /** Requests per second over all URLs; at least one for each. */
  readonly rate: number
  readonly requestIdHeader: string
  /** Default: no headers, and the defaults of TLS. */
  readonly access?: Access
  readonly runId: string
  /** Limit for a whole answer, in ms. */
  readonly timeoutMs: number
}

export type ToBackground = { readonly type: 'start'; readonly options: BackgroundOptions } | { readonly type: 'stop' }
