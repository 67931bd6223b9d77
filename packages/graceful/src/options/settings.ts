import { constants } from 'node:os'
import { silentLogger, stderrLogger } from '../process/reporting/logger.js'
import type { AdaptiveDelay, EventStreams, GracefulOptions, Logger, MetricsRegistry } from '../types.js'
import { delayTimes, shutdownDelay } from './shutdown-delay.js'
import { inspectValue, invalid, isObject, milliseconds } from './validation.js'

/** The validated options, with defaults. */
export interface Settings {
  /** The three times are equal for a fixed delay. */
  readonly shutdownDelay: Record<keyof AdaptiveDelay, number>
  /** Whether the caller has set `shutdownDelay`. */
  readonly explicitDelay: boolean
  readonly timeout: number
  readonly admin: { readonly port: number; readonly host: string | undefined } | undefined
  readonly signals: readonly NodeJS.Signals[]
  readonly signalListeners: 'deferred' | 'immediate'
  readonly logger: Logger
  readonly registry: MetricsRegistry | undefined
  readonly eventStreams: EventStreams
  readonly closeUpgraded: GracefulOptions['closeUpgraded']
  readonly shutdownOnCrash: boolean
  readonly exit: NonNullable<GracefulOptions['exit']>
}

const optionNames = new Set([
  'shutdownDelay',
  'timeout',
  'admin',
  'signals',
  'signalListeners',
  'logger',
  'metrics',
  'eventStreams',
  'closeUpgraded',
  'shutdownOnCrash',
  'exit',
])

/** Validates the options and adds the defaults. Throws a TypeError with the option, the value received and the valid values. */
export function resolveOptions(options: GracefulOptions = {}): Settings {
  if (!isObject(options)) throw invalid('options', 'an object', options)
  rejectUnknown('', options, optionNames)
  // A default replaces undefined only: null is an invalid value.
  const { timeout: budget = 25_000, signals: names = ['SIGTERM', 'SIGINT'] } = options
  const timeout = milliseconds('timeout', budget)
  if (timeout === 0) throw invalid('timeout', 'a number of milliseconds above 0', timeout)
  if (isObject(options.shutdownDelay)) rejectUnknown('shutdownDelay.', options.shutdownDelay, delayTimes)
  return {
    shutdownDelay: shutdownDelay(options.shutdownDelay, timeout),
    explicitDelay: options.shutdownDelay !== undefined,
    timeout,
    admin: admin(options.admin),
    signals: signals(names),
    signalListeners: signalListeners(options.signalListeners),
    logger: logger(options.logger),
    registry: registry(options.metrics),
    eventStreams: eventStreams(options.eventStreams),
    closeUpgraded: closeUpgraded(options.closeUpgraded),
    shutdownOnCrash: shutdownOnCrash(options.shutdownOnCrash),
    exit: exit(options.exit),
  }
}

/** Options of earlier versions, each with the advice for its users. */
const removed = new Map([
  ['webSocketServers', 'the library finds WebSockets without an option; remove it'],
  ['crashes', 'its name is now shutdownOnCrash'],
  ['drainUpgraded', 'its name is now closeUpgraded'],
])

function rejectUnknown(prefix: string, options: object, names: ReadonlySet<string>): void {
  for (const [name, value] of Object.entries(options)) {
    if (names.has(name)) continue
    const advice = removed.get(`${prefix}${name}`) ?? `valid options: ${[...names].join(', ')}`
    throw new TypeError(`graceful: unknown option '${prefix}${name}' (received ${inspectValue(value)}); ${advice}`)
  }
}

function admin(value: GracefulOptions['admin']): Settings['admin'] {
  if (value === false) return undefined
  if (value !== undefined && !isObject(value)) throw invalid('admin', 'an object with a port, or false', value)
  if (value !== undefined) rejectUnknown('admin.', value, new Set(['port', 'host']))
  const { port = 18_081, host } = value ?? {}
  if (!Number.isInteger(port) || port < 0 || port > 65_535) throw invalid('admin.port', 'a port from 0 to 65535', port)
  if (host !== undefined && typeof host !== 'string') throw invalid('admin.host', 'an address', host)
  return { port, host }
}

function signals(value: unknown): readonly NodeJS.Signals[] {
  if (!Array.isArray(value)) throw invalid('signals', 'an array of signal names', value)
  for (const [index, signal] of value.entries()) {
    if (typeof signal !== 'string' || !(signal in constants.signals)) {
      throw invalid(`signals[${index}]`, `a signal name such as 'SIGTERM'`, signal)
    }
    if (signal === 'SIGKILL' || signal === 'SIGSTOP')
      throw invalid(`signals[${index}]`, 'a signal that can be caught', signal)
  }
  return [...new Set(value as NodeJS.Signals[])]
}

function signalListeners(value: unknown = 'deferred'): Settings['signalListeners'] {
  if (value === 'deferred' || value === 'immediate') return value
  throw invalid('signalListeners', `'deferred' or 'immediate'`, value)
}

function logger(value: GracefulOptions['logger']): Logger {
  if (value === undefined) return stderrLogger
  if (value === false) return silentLogger
  for (const level of ['info', 'warn', 'error'] as const) {
    if (!isObject(value) || typeof value[level] !== 'function') {
      throw invalid('logger', 'false, or a logger with the methods info, warn and error, such as pino', value)
    }
  }
  return value
}

function registry(value: GracefulOptions['metrics']): MetricsRegistry | undefined {
  if (value === undefined) return undefined
  if (!isObject(value)) throw invalid('metrics', 'an object with a registry property', value)
  if (!isObject(value.registry) || typeof value.registry.registerMetric !== 'function') {
    throw invalid('metrics.registry', 'a Registry of prom-client or @prometheus-io/client', value.registry)
  }
  return value.registry
}

function eventStreams(value: unknown = 'close'): EventStreams {
  if (value === 'close' || value === 'wait') return value
  if (typeof value === 'function') return value as EventStreams
  throw invalid(
    'eventStreams',
    `'close' (before: 'end'), 'wait' (before: 'finish') or a function that returns one of them`,
    value,
  )
}

function closeUpgraded(value: GracefulOptions['closeUpgraded']): Settings['closeUpgraded'] {
  if (value === undefined || typeof value === 'function') return value
  throw invalid('closeUpgraded', 'a function that takes a socket', value)
}

function shutdownOnCrash(value: unknown = true): boolean {
  if (typeof value === 'boolean') return value
  throw invalid('shutdownOnCrash', 'true or false', value)
}

function exit(value: unknown = true): Settings['exit'] {
  if (typeof value === 'boolean') return value
  if (typeof value === 'function') return value as Settings['exit']
  throw invalid('exit', 'true, false or a function', value)
}
