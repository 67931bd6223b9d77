import type { HookResult } from './hooks.js'
import type { State } from './lifecycle.js'
import type { DelayEnd } from './propagation.js'

/** What was still open when the deadline came, named before it was destroyed. */
export interface OpenConnection {
  readonly kind: 'http1' | 'http2' | 'upgraded' | 'handshake'
  /** What the connection was doing. `head`: a request whose headers were not complete. */
  readonly phase: 'silent' | 'idle' | 'head' | 'request' | 'response' | 'upgraded'
  readonly peer: string
  readonly method?: string
  /** Without the query, which may hold secrets. */
  readonly path?: string
  /** Since the request was first seen after the signal, in ms: nothing is measured before the signal, so the request may be older. */
  readonly ageMs?: number
}

/** How one shutdown went. It is logged as its last line. */
export interface ShutdownReport {
  readonly reason: string
  readonly signal: NodeJS.Signals | undefined
  /**
   * `crashed`: an exception that nobody caught started it, or came during it. `forced`: the deadline came first. `hook-failed`:
   * everything was drained, and a hook threw or ran out of time.
   */
  readonly outcome: 'graceful' | 'crashed' | 'forced' | 'hook-failed'
  /** 0 for `graceful`, else 1. */
  readonly exitCode: number
  /** From the signal to the end, in ms. */
  readonly durationMs: number
  /** How long each state lasted, in ms. */
  readonly states: Partial<Record<State, number>>
  /** Why the lame duck ended. */
  readonly delayEnd: DelayEnd | undefined
  readonly requestsAfterSignal: number
  readonly connectionsAfterSignal: number
  /** The last new connection, in ms after the signal; undefined if none came. */
  readonly lastArrivalMs: number | undefined
  readonly forced: readonly OpenConnection[]
  readonly hooks: readonly HookResult[]
}
