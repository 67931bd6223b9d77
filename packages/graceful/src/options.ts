import type { Duplex } from 'node:stream'
import type { EventStreams } from './connections/streams.js'
import type { WebSocketServerLike } from './connections/upgraded.js'
import type { Logger } from './logger.js'
import type { MetricsRegistry } from './metrics.js'
import type { ShutdownReport } from './report.js'

/** Ends the lame duck on evidence, never before `min` and always by `max`, both in ms. */
export interface AdaptiveDelay {
  readonly min: number
  readonly max: number
}

export interface AdminOptions {
  /** Default 18081. 0 takes a free port: see {@link Graceful.adminPort}. */
  readonly port?: number
  /** The address to listen on. Default: every address, since the kubelet probes the pod's IP. */
  readonly host?: string
}

/** What {@link createGraceful} takes. Every time is in milliseconds. */
export interface GracefulOptions {
  /**
   * How long to go on accepting and serving after the signal, while the news that this pod leaves travels to every proxy. A
   * number is a fixed delay; `{ min, max }` ends when the proxies have been seen to switch (see `propagation.ts`).
   * Default `{ min: 2_000, max: 15_000 }`.
   */
  readonly shutdownDelay?: number | AdaptiveDelay
  /**
   * The whole budget from the signal to the exit: delay, drain and hooks. Keep it below the pod's
   * `terminationGracePeriodSeconds`, or SIGKILL comes first. Default 25,000.
   */
  readonly timeout?: number
  /** The listener for `/livez`, `/readyz`, `/startupz` and `/metrics`; `false`: none. Default `{ port: 18081 }`. */
  readonly admin?: AdminOptions | false
  /** The signals that start a shutdown. Default `['SIGTERM', 'SIGINT']`. */
  readonly signals?: readonly NodeJS.Signals[]
  /** pino, or anything of its shape; `false`: silent. Default: JSON lines on stderr. */
  readonly logger?: Logger | false
  /** The prom-client registry that the metrics go to. Default: one of the library's own, never the global one. */
  readonly metrics?: { readonly registry: MetricsRegistry }
  /**
   * Server-sent events (`text/event-stream`) that are open when the drain starts: `'end'` ends them, since their clients reconnect
   * by themselves, `'finish'` leaves them to their handlers until the deadline. Default `'end'`.
   */
  readonly eventStreams?: EventStreams
  /**
   * The `WebSocketServer`s of `ws` (or of its shape) that live on the server. In the drain each client is sent close code 1001 and
   * left to echo it. Default none.
   */
  readonly webSocketServers?: readonly WebSocketServerLike[]
  /**
   * Called in the drain with each socket that was upgraded to something else than those WebSockets, to say goodbye in its
   * protocol. What is still open at the deadline is destroyed. Default: nothing is said.
   */
  readonly drainUpgraded?: (socket: Duplex) => void
  /**
   * Whether an uncaught exception or an unhandled rejection starts the same shutdown, with a budget of at most 5 s and the exit
   * code 1; `false` leaves both to Node, which ends the process at once. Default `true`.
   */
  readonly crashes?: boolean
  /**
   * What happens at the very end: `true` exits the process with the report's exit code, `false` leaves the exit to the caller,
   * a function is called instead of the exit. Default `true`.
   */
  readonly exit?: boolean | ((exitCode: number, report: ShutdownReport) => void)
}
