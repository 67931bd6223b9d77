import { constants } from 'node:os'
import type { EventStreams } from '../connections/requests/drain-signal.js'
import type { UpgradedSettings, WebSocketServerLike } from '../connections/protocols/upgraded.js'
import { silentLogger, stderrLogger, type Logger } from '../process/logger.js'
import type { MetricsRegistry } from '../admin/metrics.js'
import type { AdaptiveDelay, GracefulOptions } from '../options.js'
import type { ShutdownReport } from '../report.js'
import { bad, isObject, milliseconds, shown } from './validation.js'

/** The options with every default filled in. */
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
