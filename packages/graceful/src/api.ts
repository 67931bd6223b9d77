import type { IncomingMessage, Server as HttpServer } from 'node:http'
import type { Http2SecureServer, Http2Server, Http2ServerRequest, ServerHttp2Stream } from 'node:http2'
import type { Server as HttpsServer } from 'node:https'
import type { ReadinessCheck, ReadinessCheckOptions } from './admin/readiness-checks.js'
import type { ProbeHandler } from './admin/probes.js'
import type { Hook, HookOptions } from './hooks.js'
import type { State, StateListener } from './lifecycle.js'
import type { OpenConnection, ShutdownReport } from './report.js'

/** What the library can be attached to: whatever listens on a server of Node's own, whichever framework is above it. */
export type GracefulServer = HttpServer | HttpsServer | Http2Server | Http2SecureServer

/** What {@link createGraceful} returns. */
export interface Graceful {
  /**
   * Where the service stands.
   *
   * @example if (graceful.state !== 'ready') queue.pause()
   */
  readonly state: State
  /** The port of the admin listener; undefined without one, or before it listens. */
  readonly adminPort: number | undefined
  /**
   * For a request whose response does not end by itself (a long poll, a stream): a signal that is aborted when the drain starts,
   * after the propagation delay; for a request that arrives in the drain, once its handler has had its turn to listen. It is not
   * aborted once the response has been written. A handler that does not listen is left to finish until the deadline.
   *
   * The same moment is an event of the request itself, `draining`, for code that has no `graceful` at hand. It is emitted to those
   * who listen by then; on a pipelined connection, when the request's turn has come.
   *
   * @param request Node's own request (in Fastify `request.raw`, in Koa `context.req`), also that of an upgrade, or the
   * `ServerHttp2Stream` of a server that listens for `stream`
   * @throws TypeError where it is something else
   * @example graceful.drainSignal(request).addEventListener('abort', () => response.end())
   * @example request.on('draining', () => response.end())
   */
  drainSignal(request: IncomingMessage | Http2ServerRequest | ServerHttp2Stream): AbortSignal
  /**
   * Answers `/livez`, `/readyz` and `/startupz` on the application's own port, for a load balancer that sees only that one; others
   * go to `next`. Mount it as the first middleware, or call it first in a plain handler.
   *
   * @returns whether it answers this request
   * @example app.use(graceful.probes)
   */
  readonly probes: ProbeHandler
  /**
   * Hears of each change of `state`, in the same turn. One that throws is logged, and changes nothing.
   *
   * @returns what removes the listener again
   * @throws TypeError where it is no function
   * @example graceful.onState((state, previous) => console.log(`${previous} -> ${state}`))
   */
  onState(listener: StateListener): () => void
  /**
   * Every open connection of the application and what it is doing; one entry for each stream of HTTP/2.
   *
   * @example const inFlight = graceful.connections().filter(({ phase }) => phase === 'request' || phase === 'response')
   */
  connections(): OpenConnection[]
  /**
   * Adds a condition of readiness: `/readyz` is 503 while `check` throws, rejects or takes too long.
   * @returns what removes it again
   * @throws TypeError where the name is taken or an argument is of the wrong kind
   * @example graceful.addReadinessCheck('database', () => pool.query('select 1'), { timeout: 500 })
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
  /**
   * Fails readiness, with the reason in the answer of `/readyz`, until `ready()`. Called before the server listens it also keeps the
   * state at `starting`.
   *
   * @throws TypeError where the reason is empty or no string
   * @example graceful.notReady('warming up'); await cache.load(); graceful.ready()
   */
  notReady(reason: string): void
  /**
   * Starts the shutdown as a signal does. Called again, or after a signal, it returns the same promise.
   *
   * @param reason for the log, the hooks and the report; default `shutdown() was called`
   * @returns the report, where the process does not end before (`exit`)
   * @example const { outcome } = await graceful.shutdown('the license has expired')
   */
  shutdown(reason?: string): Promise<ShutdownReport>
  /**
   * Leaves everything as it was found: removes every listener of the library, takes its metrics out of the caller's registry and
   * closes the admin listener. While a shutdown is under way it does nothing; after one whose exit is the caller's own
   * (`exit: false` or a function) it does.
   */
  uninstall(): void
}
