import type { IncomingMessage, Server as HttpServer } from 'node:http'
import type { Http2SecureServer, Http2Server, Http2ServerRequest } from 'node:http2'
import type { Server as HttpsServer } from 'node:https'
import type { ReadinessCheck, ReadinessCheckOptions } from './admin/checks.js'
import type { ProbeHandler } from './admin/probes.js'
import type { Hook, HookOptions } from './hooks.js'
import type { State, StateListener } from './lifecycle.js'
import type { OpenConnection, ShutdownReport } from './report.js'

export type GracefulServer = HttpServer | HttpsServer | Http2Server | Http2SecureServer

/** What {@link createGraceful} returns. */
export interface Graceful {
  /** Where the service stands. */
  readonly state: State
  /** The port of the admin listener; undefined without one, or before it listens. */
  readonly adminPort: number | undefined
  /**
   * For a request whose response does not end by itself (a long poll, a stream): a signal that is aborted when the drain starts,
   * after the propagation delay. A handler that does not listen is left to finish until the deadline.
   *
   * @example graceful.drainSignal(request).addEventListener('abort', () => response.end())
   */
  drainSignal(request: IncomingMessage | Http2ServerRequest): AbortSignal
  /**
   * Answers `/livez`, `/readyz` and `/startupz` on the application's own port, for a load balancer that sees only that one; others
   * go to `next`. Mount it as the first middleware, or call it first in a plain handler.
   *
   * @returns whether it answers this request
   * @example app.use(graceful.probes)
   */
  readonly probes: ProbeHandler
  /** Hears of each change of `state`. @returns what removes the listener again */
  onState(listener: StateListener): () => void
  /** Every open connection of the application and what it is doing. */
  connections(): OpenConnection[]
  /**
   * Adds a condition of readiness: `/readyz` is 503 while `check` throws, rejects or takes too long.
   * @returns what removes it again
   * @throws TypeError where the name is taken or an argument is of the wrong kind
   */
  addReadinessCheck(name: string, check: ReadinessCheck, options?: ReadinessCheckOptions): () => void
  /**
   * Adds what runs once the last connection is gone: closing a pool, flushing a buffer. One that throws or hangs never stops the
   * others; the exit code is then 1.
   * @returns what removes it again
   * @throws TypeError where an argument is of the wrong kind
   * @example graceful.onShutdown('database', async () => pool.end(), { order: 10, timeout: 5_000 })
   */
  onShutdown(name: string, hook: Hook, options?: HookOptions): () => void
  /** Takes back `notReady`. */
  ready(): void
  /** Fails readiness, with the reason in the answer of `/readyz`, until `ready()`. */
  notReady(reason: string): void
  /** Starts the shutdown as a signal does. Called again, or after a signal, it returns the same promise. */
  shutdown(reason?: string): Promise<ShutdownReport>
  /** Removes every listener of the library and closes the admin listener. Once a shutdown has begun it does nothing. */
  uninstall(): void
}
