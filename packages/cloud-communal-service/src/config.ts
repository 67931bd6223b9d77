import { isIP } from 'node:net'
import { hostname } from 'node:os'
import { ACCEPTED_URLS, isStoreUrl } from './notices/stores.js'

/** How long to serve after SIGTERM, in milliseconds: a fixed delay, or the times of an adaptive one. */
type ShutdownDelay = number | { min: number; expected?: number; max: number }

/** The settings of the service, read from its environment by {@link loadConfig}. */
export interface Config {
  /** Port of the service; 0 lets the system choose. `PORT`, default 18080. */
  port: number
  /** Port of the probes and metrics; 0 lets the system choose. `ADMIN_PORT`, default 18081. */
  adminPort: number
  /** Address on which the probes and metrics are served. `ADMIN_HOST`. Not set: every address. */
  adminHost: string | undefined
  /** Value of `X-Service-Version` in every response. `VERSION`, default `dev`; the image sets it. */
  version: string
  /** Value of `X-Pod` in every response. `POD_NAME`, default the host name, which in a pod is the name of the pod. */
  pod: string
  /** `LOG_LEVEL`, default `info`. Above `info` the log has no lines for requests. */
  logLevel: LogLevel
  /**
   * `SHUTDOWN_DELAY_MS`: `5000` for a fixed delay, `2000-15000-40000` (min-expected-max) or `2000-15000` (min-max) for an
   * adaptive one. Not set: the library's default.
   */
  shutdownDelay: ShutdownDelay | undefined
  /** The budget of a whole shutdown in milliseconds, including the delay. `SHUTDOWN_TIMEOUT_MS`, default 25000. */
  shutdownTimeout: number
  /**
   * Where notices are stored. `DATABASE_URL`, default `sqlite::memory:`. Never logged, because it may contain a
   * password.
   */
  databaseUrl: string
  /**
   * The number of PostgreSQL connections for requests. The readiness check uses one more. `DATABASE_CONNECTIONS`,
   * default 5.
   */
  databaseConnections: number
}

const LOG_LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const
export type LogLevel = (typeof LOG_LEVELS)[number]

/** One hour, in ms. No useful grace period is longer, so a larger value is a typing error. */
const LONGEST = 3_600_000

/**
 * The environment is invalid. The message lists every invalid variable, so that one start is enough to fix them all.
 */
export class ConfigError extends Error {
  readonly problems: readonly string[]

  constructor(problems: readonly string[]) {
    super(`invalid environment:\n${problems.map((problem) => `  ${problem}`).join('\n')}`)
    this.name = 'ConfigError'
    this.problems = problems
  }
}

interface Variable<T> {
  name: string
  fallback: T
  accepted: string
  parse: (text: string) => T | undefined
  /** Whether the value may contain a password, so that an error message must not show it. */
  secret?: boolean
}

const wholeNumber = (text: string, min: number, max: number): number | undefined => {
  if (!/^\d{1,9}$/.test(text)) return undefined
  const value = Number(text)
  return value >= min && value <= max ? value : undefined
}

const port = (name: string, fallback: number): Variable<number> => ({
  name,
  fallback,
  accepted: 'a port, 0 to 65535 (0: the system chooses)',
  parse: (text) => wholeNumber(text, 0, 65_535),
})

/** Versions and pod names are sent in response headers, so they may contain only characters that a header allows. */
const label = (name: string, fallback: string): Variable<string> => ({
  name,
  fallback,
  accepted: '1 to 128 letters, digits and ._:+-',
  parse: (text) => (/^[\w.:+-]{1,128}$/.test(text) ? text : undefined),
})

const parseDelay = (text: string): ShutdownDelay | undefined => {
  const times = text.split('-').map((time) => wholeNumber(time, 0, LONGEST))
  if (times.length > 3 || times.some((time, index) => time === undefined || time < (times[index - 1] ?? 0))) {
    return undefined
  }
  const [first = 0, second, third] = times
  if (second === undefined) return first
  return third === undefined ? { min: first, max: second } : { min: first, expected: second, max: third }
}

/**
 * Reads and validates the environment.
 *
 * @throws {ConfigError} with each invalid variable, its value and the accepted values.
 * @example loadConfig({ PORT: '8080', SHUTDOWN_DELAY_MS: '2000-15000-40000' })
 */
export const loadConfig = (env: Readonly<Record<string, string | undefined>>): Config => {
  const problems: string[] = []
  const read = <T>({ name, fallback, accepted, parse, secret = false }: Variable<T>): T => {
    const text = env[name]
    if (text === undefined) return fallback
    const value = parse(text)
    if (value !== undefined) return value
    const received = secret ? 'a value that is not shown, because it may contain a password' : JSON.stringify(text)
    problems.push(`${name}: received ${received}; accepted: ${accepted}`)
    return fallback
  }

  const config: Config = {
    port: read(port('PORT', 18_080)),
    adminPort: read(port('ADMIN_PORT', 18_081)),
    adminHost: read<string | undefined>({
      name: 'ADMIN_HOST',
      fallback: undefined,
      accepted: 'an IP address, such as 127.0.0.1 or ::1, or localhost',
      parse: (text) => (isIP(text) !== 0 || text === 'localhost' ? text : undefined),
    }),
    version: read(label('VERSION', 'dev')),
    pod: read(label('POD_NAME', hostname().replaceAll(/[^\w.:+-]/g, '-') || 'localhost')),
    logLevel: read<LogLevel>({
      name: 'LOG_LEVEL',
      fallback: 'info',
      accepted: LOG_LEVELS.join(', '),
      parse: (text) => LOG_LEVELS.find((level) => level === text),
    }),
    shutdownDelay: read<ShutdownDelay | undefined>({
      name: 'SHUTDOWN_DELAY_MS',
      fallback: undefined,
      accepted: `milliseconds, 0 to ${LONGEST}: a fixed delay as in 5000, or min-expected-max in this order as in 2000-15000-40000`,
      parse: parseDelay,
    }),
    shutdownTimeout: read({
      name: 'SHUTDOWN_TIMEOUT_MS',
      fallback: 25_000,
      accepted: `milliseconds, 1 to ${LONGEST}`,
      parse: (text) => wholeNumber(text, 1, LONGEST),
    }),
    databaseUrl: read({
      name: 'DATABASE_URL',
      fallback: 'sqlite::memory:',
      accepted: ACCEPTED_URLS,
      parse: (text) => (isStoreUrl(text) ? text : undefined),
      secret: true,
    }),
    databaseConnections: read({
      name: 'DATABASE_CONNECTIONS',
      fallback: 5,
      accepted: 'a whole number from 1 to 100',
      parse: (text) => wholeNumber(text, 1, 100),
    }),
  }

  if (problems.length === 0) problems.push(...contradictions(config))
  if (problems.length > 0) throw new ConfigError(problems)
  return config
}

const contradictions = (config: Config): string[] => {
  const found: string[] = []
  if (config.adminPort === config.port && config.port !== 0) {
    found.push(
      `ADMIN_PORT: received "${config.adminPort}", which is also the value of PORT; accepted: a different port`,
    )
  }
  const { shutdownDelay } = config
  const longestDelay = typeof shutdownDelay === 'object' ? shutdownDelay.max : shutdownDelay
  if (longestDelay !== undefined && longestDelay >= config.shutdownTimeout) {
    found.push(
      `SHUTDOWN_TIMEOUT_MS: received "${config.shutdownTimeout}", which leaves no time to drain after ` +
        `SHUTDOWN_DELAY_MS (${longestDelay}); accepted: more than ${longestDelay}`,
    )
  }
  return found
}
