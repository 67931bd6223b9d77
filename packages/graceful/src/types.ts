import type { IncomingHttpHeaders, IncomingMessage, Server as HttpServer, ServerResponse } from 'node:http'
import type { Http2SecureServer, Http2Server, Http2ServerRequest, ServerHttp2Stream } from 'node:http2'
import type { Server as HttpsServer } from 'node:https'
import type { Duplex } from 'node:stream'

/*
 * Every public type of the package. This file imports no other file of the library, so that any file may import it.
 */

/** A server that the library can shut down: any server of Node's own, whichever framework uses it. */
export type GracefulServer = HttpServer | HttpsServer | Http2Server | Http2SecureServer

// Options

/**
 * A propagation delay that depends on the traffic. The order is `min` ≤ `expected` ≤ `max` < `timeout`.
 *
 * Between `min` and `expected`, the delay ends once every source of new connections has been silent long enough to show that it
 * sends to other pods. At `expected` it ends, unless a source still opens connections. Then it ends when every source is silent,
 * and at `max` at the latest.
 *
 * @example { min: 2_000, expected: 10_000, max: 40_000 }
 * @example { min: 2_000, max: 15_000 }
 */
export interface AdaptiveDelay {
  /** Shortest delay, in ms. */
  readonly min: number
  /**
   * Delay if the traffic proves nothing, in ms: a quiet service, or a source that rarely opens connections. Default `max` if that is
   * set, otherwise 10,000, or 40 % of a `timeout` below 25,000.
   */
  readonly expected?: number | undefined
  /**
   * Longest delay, in ms; the delay reaches it only if a source still opens connections. Default: `timeout` minus 10,000 for the drain
   * and the hooks, at most 60,000, or 60 % of a `timeout` below 25,000.
   */
  readonly max?: number | undefined
}

/**
 * Address of the listener for probes and metrics. If the port is in use, the library logs an error that names the port, and
 * {@link Graceful.adminListening} rejects.
 *
 * @example { port: 18081, host: '0.0.0.0' }
 */
export interface AdminOptions {
  /** Default 18081. With 0 the system chooses a free port: see {@link Graceful.adminListening}. */
  readonly port?: number | undefined
  /** Address to listen on. Default: every address, because the kubelet probes the pod's IP. */
  readonly host?: string | undefined
}

/** The part of a request that {@link EventStreams} can depend on. Node's requests of HTTP/1.1 and HTTP/2 have it. */
export interface EventStreamRequest {
  /** For a stream that a `stream` listener received before the signal: `GET` if the request has no body, otherwise undefined. */
  readonly method?: string | undefined
  /** Path and query. Undefined for such a stream, because Node keeps no headers of it. */
  readonly url?: string | undefined
  /** Empty for such a stream. */
  readonly headers: IncomingHttpHeaders
}

/**
 * Treatment of server-sent events in the drain.
 *
 * - `'close'`: the library ends the responses to GET requests. Only `EventSource` reconnects automatically, and it sends no other method.
 * - `'wait'`: the drain waits until the handler ends the response, as for every request in flight.
 * - A function decides for each response, whatever the method of its request. If it throws, or returns anything else, the
 *   drain waits, and the library logs the first of these errors.
 *
 * @example ({ url }) => (url?.startsWith('/feed') ? 'close' : 'wait')
 */
export type EventStreams = 'close' | 'wait' | ((request: EventStreamRequest) => 'close' | 'wait')

/**
 * A logger: pino, or any object with these methods. If a method throws, or returns a promise that rejects, the shutdown continues, and
 * the first failure is logged on stderr.
 *
 * @example pino({ name: 'graceful' })
 */
export interface Logger {
  info(fields: object, message: string): void
  warn(fields: object, message: string): void
  error(fields: object, message: string): void
}

/** The part of a metrics registry that the library uses. The registries of prom-client and of its successor have it. */
export interface MetricsRegistry {
  readonly contentType: string
  metrics(): Promise<string>
  registerMetric(metric: never): void
  removeSingleMetric?(name: string): void
}

/**
 * Options of {@link createGraceful}. Every time is in milliseconds. An unknown option, or one with an invalid value, throws a
 * TypeError that names the option and the value received.
 *
 * @example { shutdownDelay: { min: 2_000, expected: 15_000, max: 40_000 }, timeout: 50_000, admin: { port: 9_000 }, logger: pino() }
 */
export interface GracefulOptions {
  /**
   * Propagation delay: how long the service keeps accepting and serving after the signal, while the change of endpoints reaches
   * every proxy. A number is a fixed delay. {@link AdaptiveDelay} ends when the proxies have stopped sending connections
   * (`docs/propagation.md` has the rule). Default `{ min: 2_000, expected: 10_000, max: 15_000 }`; a longer `timeout` raises `max`, and a
   * shorter one lowers all three. No delay after SIGINT (Ctrl-C), nor after a SIGTERM
   * from `node --watch`, `tsx watch` or `nodemon` outside Kubernetes with a `NODE_ENV` other than `production`.
   */
  readonly shutdownDelay?: number | AdaptiveDelay | undefined
  /**
   * Budget from the signal to the exit: delay, drain and hooks together. The time limits of the hooks, at most half of what the
   * delay leaves, are reserved at its end: the library cuts the requests that are then still in flight. It must be shorter than the
   * pod's `terminationGracePeriodSeconds`; otherwise the kubelet sends SIGKILL first. Default 25,000.
   */
  readonly timeout?: number | undefined
  /** Listener for `/livez`, `/readyz`, `/startupz` and `/metrics`; `false` starts none. Default `{ port: 18081 }`. */
  readonly admin?: AdminOptions | false | undefined
  /**
   * Signals that start a shutdown; `[]` for none. A second SIGTERM changes nothing. A second SIGINT, more than 500 ms after the
   * first, ends the process at once with exit code 130. Default `['SIGTERM', 'SIGINT']`.
   */
  readonly signals?: readonly NodeJS.Signals[] | undefined
  /**
   * When the signal listeners of other code run, such as those of a framework.
   *
   * - `'deferred'`: after the last connection has closed and the hooks have run. Calls of `process.exit()` by other code take effect
   *   then, too. The library waits for what the listeners start: until a call of `process.exit()`, until nothing keeps the process alive,
   *   or until the end of the budget. From the signal on, `process.exit()` returns to its caller.
   * - `'immediate'`: at the signal. Calls of `process.exit()` end the process at once.
   *
   * Default `'deferred'`.
   */
  readonly signalListeners?: 'deferred' | 'immediate' | undefined
  /** pino, or any object with the same methods; `false` logs nothing. Default: JSON lines on stderr. */
  readonly logger?: Logger | false | undefined
  /** Registry of `prom-client` or `@prometheus-io/client` for the metrics. Default: a registry of the library's own, never the global one. */
  readonly metrics?: { readonly registry: MetricsRegistry } | undefined
  /**
   * Treatment of server-sent events (`text/event-stream`) in the drain. `'close'` ends the responses to GET requests, because
   * `EventSource` reconnects automatically; responses to other methods finish. With `'wait'` the drain waits for all of them. A
   * function decides for each response. Default `'close'`.
   */
  readonly eventStreams?: EventStreams | undefined
  /**
   * Called during the drain with each upgraded socket that is no WebSocket. The function closes the connection in the way its
   * protocol requires. The library cuts the sockets that are still open near the deadline. The library logs an error
   * that the function throws or with which its promise rejects. Default: the library sends nothing on these sockets. WebSockets need
   * no option: they get close code 1001.
   */
  readonly closeUpgraded?: ((socket: Duplex) => void) | undefined
  /**
   * Whether an uncaught exception or an unhandled rejection starts a shutdown, with a budget of at most 5 s and exit code 1. During
   * a shutdown it shortens the rest of the budget to 5 s.
   * With `false` Node handles both and ends the process at once. Default `true`.
   */
  readonly shutdownOnCrash?: boolean | undefined
  /**
   * How the shutdown ends. `true` exits the process with the report's exit code. `false` leaves the exit to the caller. A
   * function is called in place of the exit. Default `true`. If a process uses the library more than once, the process exits
   * after the last shutdown, with the highest exit code. If the function throws, or returns a promise that rejects, the library logs the
   * error. Then the process exits with the report's exit code when nothing keeps it alive, after 4 s at most.
   *
   * @example (exitCode, report) => transport.flush(() => process.exit(exitCode))
   */
  readonly exit?: boolean | ((exitCode: number, report: ShutdownReport) => void) | undefined
}

// States

/**
 * State of a service between start and exit.
 *
 * - `starting`: a server does not listen yet, or `notReady()` was called and `ready()` was not. The state returns to `starting` if
 *   other code closes a server without a signal, until the server listens again.
 * - `ready`: serving. The readiness checks decide, too, whether `/readyz` answers 200.
 * - `lameDuck`: the signal has arrived. Readiness fails; the service accepts and serves everything; responses carry
 *   `Connection: close`.
 * - `draining`: the listener is closed. Open connections get their last response; idle connections linger.
 * - `closing`: every connection is closed, or was cut near the deadline. Shutdown hooks run, then the signal listeners of other
 *   code.
 * - `terminated`: the process is about to exit.
 */
export type State = 'starting' | 'ready' | 'lameDuck' | 'draining' | 'closing' | 'terminated'

/** Receives each change of the state, in the same turn of the event loop. */
export type StateListener = (state: State, previous: State) => void

/**
 * Reason for the end of the propagation delay.
 *
 * - `evidence`: every source was silent long enough to show that it sends to other pods.
 * - `expected`: the expected delay is over, and no source opens connections any more. The silence of at least one source proves
 *   nothing, because it rarely opens connections, or there is no source.
 * - `max`: the longest delay is over, or a fixed one. After a crash, that is half of the remaining budget.
 * - `not-listening`: no server listened, or got connections from other code.
 * - `no-server`: the process has no server, so there is nothing to propagate.
 * - `development`: no proxy sends traffic here (see {@link GracefulOptions.shutdownDelay}).
 * - `deadline`: the budget was spent.
 */
export type DelayEnd = 'evidence' | 'expected' | 'max' | 'not-listening' | 'no-server' | 'development' | 'deadline'

// Readiness and hooks

/**
 * Throws or rejects while the service must not receive requests. The library ignores the returned value.
 *
 * @example () => pool.query('select 1')
 */
export type ReadinessCheck = () => unknown

/**
 * Time limit of a readiness check, and how long its result is valid.
 *
 * @example { timeout: 500, cacheFor: 2_000 }
 */
export interface ReadinessCheckOptions {
  /** Time limit in ms; a check that takes longer fails. Default 1,000, the kubelet's default `timeoutSeconds`. */
  readonly timeout?: number | undefined
  /** How long a result is valid, in ms. Default 0: every probe runs the check. */
  readonly cacheFor?: number | undefined
}

/** Handler that answers the probes on the application's own port; see {@link Graceful.probes}. */
export type ProbeHandler = (request: IncomingMessage, response: ServerResponse, next?: () => void) => boolean

/** Reason for the shutdown. */
export interface ShutdownContext {
  /** The argument of `shutdown(reason)`, or the name of the signal. */
  readonly reason: string
  /** Undefined if no signal started the shutdown. */
  readonly signal: NodeJS.Signals | undefined
}

/**
 * A shutdown hook. The library awaits its result. The report lists a hook that throws or rejects as failed; the other hooks
 * still run.
 *
 * @example async ({ reason }) => { logger.info({ reason }, 'closing the pool'); await pool.end() }
 */
export type Hook = (context: ShutdownContext) => unknown

/**
 * Moment at which a shutdown hook runs.
 *
 * - `signal`: at the signal, beside the delay and the drain. To stop taking jobs. The drain waits for the hook, as for a request in
 *   flight, so the hooks of the later phases run after it.
 * - `drained`: after the drain. To close a pool.
 * - `last`: after the other hooks, and after the signal listeners of other code. To flush telemetry.
 */
export type HookPhase = 'signal' | 'drained' | 'last'

/**
 * Phase, order and time limit of a shutdown hook.
 *
 * @example { phase: 'last', order: 10, timeout: 2_000 }
 */
export interface HookOptions {
  /** Default `drained`. */
  readonly phase?: HookPhase | undefined
  /**
   * The hooks of a phase run from the lowest order to the highest. Hooks with the same order run at the same time. Default 0.
   */
  readonly order?: number | undefined
  /**
   * How long the library waits for this hook, in ms. Default 5,000; in phase `signal` as long as for the requests in flight. The budget
   * can end the hook earlier. The library cuts open requests early enough for the limits of the phases `drained` and `last`. A
   * limit that is close to the real duration leaves more time to the requests.
   */
  readonly timeout?: number | undefined
}

/** Result of one shutdown hook in the {@link ShutdownReport}. */
export interface HookResult {
  readonly name: string
  readonly phase: HookPhase
  /** `timed-out`: the limit of the hook or of its phase, or the budget, ended first. `not-run`: the hooks before it spent that time. */
  readonly outcome: 'done' | 'failed' | 'timed-out' | 'not-run'
  /** In ms. */
  readonly durationMs: number
  /** Message of the error that the hook threw. */
  readonly error?: string
}

// Report

/** One open connection, or one open stream of an HTTP/2 connection. */
export interface OpenConnection {
  /** `handshake`: a TLS connection whose handshake is incomplete. */
  readonly kind: 'http1' | 'http2' | 'upgraded' | 'handshake'
  /**
   * Activity of the connection. `silent`: the client has sent nothing yet. `idle`: between two requests. `head`: the headers of a
   * request are incomplete. `request`: the response has not started. `response`: the response has started.
   */
  readonly phase: 'silent' | 'idle' | 'head' | 'request' | 'response' | 'upgraded'
  /** Address and port of the client. */
  readonly peer: string
  readonly method?: string
  /** Without user names, passwords, parameters (`;jsessionid=`), query and fragment, which can contain secrets. */
  readonly path?: string
  /**
   * Time since the library first saw the request after the signal, in ms. The library measures nothing before the signal, so the
   * request can be older.
   */
  readonly ageMs?: number
}

/** Background work with the same name ({@link Graceful.waitUntil}) that had not ended when the library stopped waiting for it. */
export interface AbandonedWork {
  readonly name: string
  /** Number of promises that were pending. */
  readonly count: number
  /** Time since `waitUntil` was called with the oldest of them, in ms. */
  readonly oldestMs: number
}

/** How a signal listener of other code ended; see {@link GracefulOptions.signalListeners}. */
export interface ListenerResult {
  /** Name of the function. */
  readonly name: string
  /** Stack frame of the call that added the listener; undefined if it was added before `createGraceful`. */
  readonly where?: string
  /**
   * `done`: it returned, and its promise resolved. `failed`: it threw, or its promise rejected. `timed-out`: its promise was pending at
   * the end of the budget. `not-run`: the budget was spent before.
   */
  readonly outcome: 'done' | 'failed' | 'timed-out' | 'not-run'
  /** Message of the error. */
  readonly error?: string
}

/** A call with which other code would have ended the process, and which the library deferred; see {@link GracefulOptions.signalListeners}. */
export interface ExitCall {
  /** `exit`: `process.exit()`. `kill`: `process.kill()` with the signal of the shutdown, to this process. */
  readonly method: 'exit' | 'kill'
  /** Exit code; 0 for `kill`. */
  readonly code: number
  /** Stack frame of the call, if the stack shows one. */
  readonly caller?: string
}

/** One address that opened connections, in a {@link DelayReport}. Times in ms. */
export interface DelaySource {
  readonly address: string
  /** New connections per second in the last 20 s before the signal; undefined if the source was too rare or too new to have a rate. */
  readonly perSecond: number | undefined
  /** Longest time between two connections in the last minute before the signal; undefined without a rate. */
  readonly longestGapMs: number | undefined
  /** Silence after which the source no longer holds the delay; undefined if no silence within the delay proves anything. */
  readonly silenceNeededMs: number | undefined
  /** Silence of the source at the end of the delay. */
  readonly silenceSeenMs: number
}

/**
 * Explains the length of an adaptive delay. Probes do not count.
 *
 * @example
 * { heldBy: '10.0.3.7', sourceCount: 2, sources: [
 *   { address: '10.0.3.7', perSecond: 4.6, longestGapMs: 800, silenceNeededMs: 3004, silenceSeenMs: 3021 },
 *   { address: '10.0.3.8', perSecond: 31.2, longestGapMs: 150, silenceNeededMs: 450, silenceSeenMs: 3310 },
 * ] }
 */
export interface DelayReport {
  /**
   * Address of the source that held the delay longest, or `more than 1024 addresses`. Undefined if no source held the delay longer
   * than `min`, or if there was no source.
   */
  readonly heldBy: string | undefined
  /** Number of the sources. */
  readonly sourceCount: number
  /** The eight sources that held the delay longest, in that order. */
  readonly sources: readonly DelaySource[]
}

/** Report of one shutdown. The last log line contains it. */
export interface ShutdownReport {
  readonly reason: string
  readonly signal: NodeJS.Signals | undefined
  /**
   * `crashed`: an uncaught exception or unhandled rejection started the shutdown, or occurred during it. `forced`: a connection on
   * which a response was owed was cut near the deadline, or background work was abandoned. `hook-failed`: the drain was complete, but a
   * hook threw or exceeded its time limit. `other-code-failed`: a signal listener of other code failed or did not end in time, or other
   * code gave an exit code above 0.
   */
  readonly outcome: 'graceful' | 'crashed' | 'forced' | 'hook-failed' | 'other-code-failed'
  /** 0 for `graceful`, otherwise the exit code above 0 that other code gave, or 1. */
  readonly exitCode: number
  /** Time from the signal to the end, in ms. */
  readonly durationMs: number
  /** Duration of each state, in ms. */
  readonly states: Partial<Record<State, number>>
  /** Reason for the end of the propagation delay. */
  readonly delayEnd: DelayEnd | undefined
  /** Sources that decided about the length of an adaptive delay; undefined for a fixed delay, or without a delay. */
  readonly delay: DelayReport | undefined
  /** Requests that arrived after the signal. */
  readonly requestsAfterSignal: number
  /** Connections that the servers accepted after the signal. */
  readonly connectionsAfterSignal: number
  /** Time from the signal to the last new connection, in ms, probes excluded; undefined if there was none. */
  readonly lastArrivalMs: number | undefined
  /** Connections that the library cut near the deadline although a response was owed, or an upgraded socket was open. */
  readonly forced: readonly OpenConnection[]
  /** Background work that had not ended near the deadline. */
  readonly abandoned: readonly AbandonedWork[]
  /** Results of the hooks, in the order in which they ran. */
  readonly hooks: readonly HookResult[]
  /** The signal listeners of other code that ran after the drain, and failed callbacks of `server.close()`; at most 50. */
  readonly listeners: readonly ListenerResult[]
  /** The first 20 calls of `process.exit()`, and of `process.kill()` for the process itself, that were deferred. */
  readonly exitCalls: readonly ExitCall[]
}

// The object that createGraceful returns

/** Controls and observes the shutdown of one service; {@link createGraceful} returns it. */
export interface Graceful {
  /**
   * Current state of the service.
   *
   * @example if (graceful.state !== 'ready') queue.pause()
   */
  readonly state: State
  /**
   * Resolves with the port of the admin listener once it listens, and with undefined without an admin listener. Rejects with the
   * error (`code`: `EADDRINUSE`) if it cannot listen. The library logs that error, too, and the service continues: a rejection that
   * nobody handles changes nothing. The kubelet gets no response to its probes from such a pod, or the response of another process on that
   * port. Exit if your pod needs its probes.
   *
   * @example graceful.adminListening.catch(() => process.exit(1))
   */
  readonly adminListening: Promise<number | undefined>
  /**
   * Returns a signal that is aborted when the drain starts, after the propagation delay. Use it for a response that does not
   * end automatically, such as a long poll or a stream. For a request that arrives during the drain, the library aborts
   * the signal one turn of the event loop after this call: the handler can listen first. The library does not abort it once the response is
   * written. A handler that does not listen can continue until the end of the drain.
   *
   * @param request Node's own request (`request.raw` in Fastify, `context.req` in Koa), also an upgrade request, or the
   * `ServerHttp2Stream` of a server that listens for `stream`
   * @throws TypeError if the argument is anything else
   * @example graceful.drainSignal(request).addEventListener('abort', () => response.end())
   */
  drainSignal(request: IncomingMessage | Http2ServerRequest | ServerHttp2Stream): AbortSignal
  /**
   * Answers `/livez`, `/readyz` and `/startupz` on the application's own port, as the admin listener does, for a load balancer that
   * can reach only that port. Calls `next` for other requests. Mount it as the first middleware, or call it first in a plain handler.
   *
   * @returns whether it answers this request
   * @example app.use(graceful.probes)
   */
  readonly probes: ProbeHandler
  /**
   * Adds a listener for changes of `state`. The library calls it in the same turn of the event loop, and logs an error that the
   * listener throws or with which its promise rejects.
   *
   * @returns a function that removes the listener
   * @throws TypeError if the listener is not a function
   * @example graceful.onState((state, previous) => console.log(`${previous} -> ${state}`))
   */
  onState(listener: StateListener): () => void
  /**
   * Returns every open connection of the application and its activity, with one entry for each HTTP/2 stream.
   *
   * @example const inFlight = graceful.connections().filter(({ phase }) => phase === 'request' || phase === 'response')
   */
  connections(): OpenConnection[]
  /**
   * Adds a readiness check: `/readyz` answers 503 while `check` throws, rejects or exceeds its time limit.
   *
   * @returns a function that removes the check
   * @throws TypeError if the name is taken, is one of the library's own (`startup`, `state`, `notReady`), or an argument has the
   * wrong type
   * @example graceful.addReadinessCheck('database', () => pool.query('select 1'), { timeout: 500 })
   */
  addReadinessCheck(name: string, check: ReadinessCheck, options?: ReadinessCheckOptions): () => void
  /**
   * Adds a hook to a phase of the shutdown: by default after the last connection has closed. Hooks run in every shutdown, also after a
   * crash, or if a request had to be cut. If a hook throws or exceeds its time limit, the other hooks still run, and the exit code is
   * 1. A hook that is added to a phase in progress runs after the hooks of the current order.
   *
   * @returns a function that removes the hook
   * @throws TypeError if an argument has the wrong type
   * @throws Error if the phase is over; phase `signal` is over when the drain is
   * @example graceful.onShutdown('jobs', () => worker.close(), { phase: 'signal' })
   * @example graceful.onShutdown('database', async () => pool.end(), { order: 10, timeout: 5_000 })
   * @example graceful.onShutdown('telemetry', () => sdk.shutdown(), { phase: 'last', timeout: 2_000 })
   */
  onShutdown(name: string, hook: Hook, options?: HookOptions): () => void
  /**
   * Makes the shutdown wait for work that continues after its request, as for a request in flight. The hooks of phase `drained` run after
   * it. If the promise rejects, the library logs the error, and nothing else changes: the rejection is no crash. Near the deadline the
   * library stops waiting; the report then names the work, and the exit code is 1. Work that starts while the hooks run is waited for
   * until the end of their phase.
   *
   * Call it with the promise of one unit of work, not with that of an endless loop: end a loop in a hook of phase `signal`.
   *
   * @param name for the log and the report; work with the same name is counted together
   * @throws TypeError if an argument has the wrong type
   * @throws Error if the shutdown is over
   * @example response.end('accepted'); graceful.waitUntil(sendMail(order), 'mail')
   */
  waitUntil(promise: PromiseLike<unknown>, name: string): void
  /** Cancels `notReady`. */
  ready(): void
  /**
   * Fails readiness until `ready()` is called; `/readyz` answers with the reason. Before the server listens, the call also keeps
   * the state at `starting`.
   *
   * @throws TypeError if the reason is empty or not a string
   * @example graceful.notReady('warming up'); await cache.load(); graceful.ready()
   */
  notReady(reason: string): void
  /**
   * Starts the shutdown, as a signal does. Further calls, and calls after a signal, return the same promise.
   *
   * In the handler of an HTTP/1.1 request, before its first `await`, the call returns another promise. It does not wait for that
   * request: it resolves when only connections of such requests are open, with the report at that moment. The hooks run after the response.
   * Elsewhere in a request the library cannot know the caller without a cost for each request. There, send the response first and do not
   * await the promise.
   *
   * @param reason for the log, the hooks and the report; default `shutdown() was called`
   * @returns the report, unless the process exits first (see `exit`)
   * @example const { outcome } = await graceful.shutdown('the license has expired')
   */
  shutdown(reason?: string): Promise<ShutdownReport>
  /**
   * Removes the library from the process: its listeners, its metrics in the caller's registry, and the admin listener. It does
   * nothing while a shutdown is in progress. After a shutdown it works if the exit is the caller's own (`exit: false` or a
   * function).
   */
  uninstall(): void
}
