import { constants } from 'node:os'
import type { Duplex } from 'node:stream'
import { inspect } from 'node:util'
import type { EventStreams } from './connections/streams.js'
import type { UpgradedSettings, WebSocketServerLike } from './connections/upgraded.js'
import { silentLogger, stderrLogger, type Logger } from './logger.js'
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

export interface Settings extends UpgradedSettings {
  readonly eventStreams: EventStreams
  readonly crashes: boolean
  readonly shutdownDelay: AdaptiveDelay
  readonly timeout: number
  readonly admin: { readonly port: number; readonly host: string | undefined } | undefined
  readonly signals: readonly NodeJS.Signals[]
  readonly logger: Logger
  readonly registry: MetricsRegistry | undefined
  readonly exit: boolean | ((exitCode: number, report: ShutdownReport) => void)
}

const known = new Set([
  'shutdownDelay',
  'timeout',
  'admin',
  'signals',
  'logger',
  'metrics',
  'eventStreams',
  'webSocketServers',
  'drainUpgraded',
  'crashes',
  'exit',
])
/** Longer ones fire at once in Node. */
const LONGEST_TIMER = 2 ** 31 - 1

/** Fills in the defaults. Throws a TypeError that names the option, what was received, and what is accepted. */
export function settle(options: GracefulOptions = {}): Settings {
  if (!isObject(options)) throw bad('options', 'an object', options)
  onlyKnown('', options, known)
  // Defaults stand in for what is not given; null is given, and is wrong.
  const {
    timeout: budget = 25_000,
    signals: names = ['SIGTERM', 'SIGINT'],
    webSocketServers: webSockets = [],
  } = options
  const timeout = milliseconds('timeout', budget)
  if (timeout === 0) throw bad('timeout', 'a number of milliseconds above 0', timeout)
  const shutdownDelay = delay(options.shutdownDelay, timeout)
  return {
    shutdownDelay,
    timeout,
    admin: admin(options.admin),
    signals: signals(names),
    logger: logger(options.logger),
    registry: registry(options.metrics),
    eventStreams: eventStreams(options.eventStreams),
    webSocketServers: webSocketServers(webSockets),
    drainUpgraded: drainUpgraded(options.drainUpgraded),
    crashes: crashes(options.crashes),
    exit: exit(options.exit),
  }
}

function onlyKnown(of: string, given: object, names: ReadonlySet<string>): void {
  for (const [name, value] of Object.entries(given)) {
    if (names.has(name)) continue
    const there = [...names].join(', ')
    throw new TypeError(`graceful: there is no option '${of}${name}' (received ${shown(value)}); there are ${there}`)
  }
}

function delay(value: GracefulOptions['shutdownDelay'], timeout: number): AdaptiveDelay {
  // A budget that somebody made shorter than the default delay shortens that delay; an explicit delay has to fit.
  if (value === undefined) return { min: Math.min(2_000, timeout / 4), max: Math.min(15_000, timeout * 0.6) }
  if (isObject(value)) {
    onlyKnown('shutdownDelay.', value, new Set(['min', 'max']))
    const min = milliseconds('shutdownDelay.min', value.min)
    const max = milliseconds('shutdownDelay.max', value.max)
    if (min > max) throw bad('shutdownDelay.min', `at most shutdownDelay.max (${max})`, min)
    return fits('shutdownDelay.max', { min, max }, timeout)
  }
  const fixed = milliseconds('shutdownDelay', value)
  return fits('shutdownDelay', { min: fixed, max: fixed }, timeout)
}

function fits(name: string, value: AdaptiveDelay, timeout: number): AdaptiveDelay {
  if (value.max >= timeout) {
    throw bad(
      name,
      `below timeout (${timeout}), which is the budget for the delay, the drain and the hooks together`,
      value.max,
    )
  }
  return value
}

function admin(value: GracefulOptions['admin']): Settings['admin'] {
  if (value === false) return undefined
  if (value !== undefined && !isObject(value)) throw bad('admin', 'an object with a port, or false', value)
  if (value !== undefined) onlyKnown('admin.', value, new Set(['port', 'host']))
  const { port = 18_081, host } = value ?? {}
  if (!Number.isInteger(port) || port < 0 || port > 65_535) throw bad('admin.port', 'a port from 0 to 65535', port)
  if (host !== undefined && typeof host !== 'string') throw bad('admin.host', 'an address', host)
  return { port, host }
}

function signals(value: unknown): readonly NodeJS.Signals[] {
  if (!Array.isArray(value)) throw bad('signals', 'an array of signal names', value)
  for (const [index, signal] of value.entries()) {
    if (typeof signal !== 'string' || !(signal in constants.signals)) {
      throw bad(`signals[${index}]`, `a signal name such as 'SIGTERM'`, signal)
    }
    if (signal === 'SIGKILL' || signal === 'SIGSTOP')
      throw bad(`signals[${index}]`, 'a signal that can be caught', signal)
  }
  return [...new Set(value as NodeJS.Signals[])]
}

function logger(value: GracefulOptions['logger']): Logger {
  if (value === undefined) return stderrLogger
  if (value === false) return silentLogger
  for (const level of ['info', 'warn', 'error'] as const) {
    if (!isObject(value) || typeof value[level] !== 'function') {
      throw bad('logger', 'false, or a logger with the methods info, warn and error (pino, for one)', value)
    }
  }
  return value
}

function registry(value: GracefulOptions['metrics']): MetricsRegistry | undefined {
  if (value === undefined) return undefined
  if (!isObject(value)) throw bad('metrics', 'an object with a registry', value)
  if (!isObject(value.registry) || typeof value.registry.registerMetric !== 'function') {
    throw bad('metrics.registry', 'a prom-client Registry', value.registry)
  }
  return value.registry
}

function eventStreams(value: unknown = 'end'): EventStreams {
  if (value === 'end' || value === 'finish') return value
  throw bad('eventStreams', `'end' or 'finish'`, value)
}

const isWebSocketServer = (value: unknown): boolean =>
  isObject(value) && Symbol.iterator in ((value as WebSocketServerLike).clients ?? {})

function webSocketServers(value: readonly WebSocketServerLike[]): readonly WebSocketServerLike[] {
  if (!Array.isArray(value) || !value.every(isWebSocketServer)) {
    throw bad('webSocketServers', `an array of WebSocketServers of 'ws', with clientTracking`, value)
  }
  return value
}

function drainUpgraded(value: GracefulOptions['drainUpgraded']): Settings['drainUpgraded'] {
  if (value === undefined || typeof value === 'function') return value
  throw bad('drainUpgraded', 'a function of a socket', value)
}

function crashes(value: unknown = true): boolean {
  if (typeof value === 'boolean') return value
  throw bad('crashes', 'true or false', value)
}

function exit(value: unknown = true): Settings['exit'] {
  if (typeof value === 'boolean') return value
  if (typeof value === 'function') return value as (exitCode: number, report: ShutdownReport) => void
  throw bad('exit', 'true, false or a function', value)
}

/** @internal also for the times of hooks and checks */
export function milliseconds(name: string, value: unknown): number {
  if (typeof value !== 'number' || !(value >= 0 && value <= LONGEST_TIMER)) {
    throw bad(name, `a number of milliseconds from 0 to ${LONGEST_TIMER}`, value)
  }
  return value
}

export function bad(name: string, expected: string, received: unknown): TypeError {
  return new TypeError(`graceful: ${name} must be ${expected}; received ${shown(received)}`)
}

const shown = (value: unknown): string => inspect(value, { depth: 0 })

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null
}
