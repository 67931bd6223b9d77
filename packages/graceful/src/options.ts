import type { Duplex } from 'node:stream'
import type { EventStreams } from './connections/requests/drain-signal.js'
import type { WebSocketServerLike } from './connections/protocols/upgraded.js'
import type { Logger } from './process/logger.js'
import type { MetricsRegistry } from './admin/metrics.js'
import type { ShutdownReport } from './report.js'

/**
 * Ends the lame duck on evidence: when every source of new connections has been silent for long enough to have switched.
 *
 * @example { min: 2_000, max: 15_000 }
 */
export interface AdaptiveDelay {
  /** It never ends before, in ms. At most `max`. */
  readonly min: number
  /** It always ends by then, in ms, also where nothing was proved. Below `timeout`. */
  readonly max: number
}

/**
 * Where the listener for probes and metrics listens. A port that is taken is an error that names it.
 *
 * @example { port: 18081, host: '0.0.0.0' }
 */
export interface AdminOptions {
  /** Default 18081. 0 takes a free port: see {@link Graceful.adminPort}. */
  readonly port?: number
  /** The address to listen on. Default: every address, since the kubelet probes the pod's IP. */
  readonly host?: string
}

/**
 * What {@link createGraceful} takes. Every time is in milliseconds. One that is unknown, of the wrong kind or out of its range is a
 * TypeError that names it and the value received.
 *
 * @example { shutdownDelay: { min: 2_000, max: 30_000 }, timeout: 50_000, admin: { port: 9_000 }, logger: pino() }
 */
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
  /**
   * The signals that start a shutdown; none: `[]`. A second SIGTERM changes nothing, a second SIGINT ends the process at once with
   * the exit code 130. Default `['SIGTERM', 'SIGINT']`.
   */
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
   * a function is called instead of the exit. Default `true`. Where the library is attached more than once in a process, it exits
   * with the last of them, and with the highest exit code.
   *
   * @example (exitCode, report) => transport.flush(() => process.exit(exitCode))
   */
  readonly exit?: boolean | ((exitCode: number, report: ShutdownReport) => void)
}
