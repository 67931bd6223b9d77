import { hostname } from 'node:os'
import { ACCEPTED_URLS, isStoreUrl, withoutPassword } from './notices/stores.js'

/** How long to go on serving after SIGTERM, in milliseconds: fixed, or ended between two bounds by what clients do. */
type ShutdownDelay = number | { min: number; max: number }

/** What the service is told by its environment. {@link loadConfig} is the only place that makes one. */
export interface Config {
  /** Port of the service; 0 lets the system choose. `PORT`, default 18080. */
  port: number
  /** Port of the probes and metrics; 0 lets the system choose. `ADMIN_PORT`, default 18081. */
  adminPort: number
  /** What every response says in `X-Service-Version`. `VERSION`, default `dev`; the image sets it. */
  version: string
  /** What every response says in `X-Pod`. `POD_NAME`, default the host's name, which in a pod is the pod's. */
  pod: string
  /** `LOG_LEVEL`, default `info`. Above it there are no lines for requests. */
  logLevel: LogLevel
  /** `SHUTDOWN_DELAY_MS`: `5000`, or `2000-15000` for an adaptive delay. Not set: the library's default. */
  shutdownDelay: ShutdownDelay | undefined
  /** The budget of a whole shutdown in milliseconds, delay included. `SHUTDOWN_TIMEOUT_MS`, default 25000. */
  shutdownTimeout: number
  /** Where notices are kept. `DATABASE_URL`, default `sqlite::memory:`. It may hold a password: it is never logged. */
  databaseUrl: string
  /** How many connections to a PostgreSQL requests may use, besides the one for checks. `DATABASE_CONNECTIONS`, default 5. */
  databaseConnections: number
}

const LOG_LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const
export type LogLevel = (typeof LOG_LEVELS)[number]

/** An hour: more than any grace period that makes sense, and a number with too many zeros is caught. */
const LONGEST = 3_600_000

/** Says every variable that is wrong, so that one start is enough to mend them all. */
export class ConfigError extends Error {
  readonly problems: readonly string[]

  constructor(problems: readonly string[]) {
    super(`The environment cannot be used:\n${problems.map((problem) => `  ${problem}`).join('\n')}`)
    this.name = 'ConfigError'
    this.problems = problems
  }
}

interface Variable<T> {
  name: string
  fallback: T
  accepted: string
  parse: (text: string) => T | undefined
  /** What a complaint may show of it; default: all. */
  shown?: (text: string) => string
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

/** Versions and pod names go into response headers as they are, so they may hold nothing that a header may not. */
const label = (name: string, fallback: string): Variable<string> => ({
  name,
  fallback,
  accepted: '1 to 128 letters, digits and ._:+-',
  parse: (text) => (/^[\w.:+-]{1,128}$/.test(text) ? text : undefined),
})

const parseDelay = (text: string): ShutdownDelay | undefined => {
  const range = /^(\d+)-(\d+)$/.exec(text)
  if (!range) return wholeNumber(text, 0, LONGEST)
  const min = wholeNumber(range[1] ?? '', 0, LONGEST)
  const max = wholeNumber(range[2] ?? '', 0, LONGEST)
  return min !== undefined && max !== undefined && min <= max ? { min, max } : undefined
}

/**
 * Reads and validates the environment.
 *
 * @throws {ConfigError} naming each variable that is wrong, the value received and what is accepted.
 * @example loadConfig({ PORT: '8080', SHUTDOWN_DELAY_MS: '2000-15000' })
 */
export const loadConfig = (env: Readonly<Record<string, string | undefined>>): Config => {
  const problems: string[] = []
  const read = <T>({ name, fallback, accepted, parse, shown = String }: Variable<T>): T => {
    const text = env[name]
    if (text === undefined) return fallback
    const value = parse(text)
    if (value !== undefined) return value
    problems.push(`${name}: received ${JSON.stringify(shown(text))}; accepted: ${accepted}`)
    return fallback
  }

  const config: Config = {
    port: read(port('PORT', 18_080)),
    adminPort: read(port('ADMIN_PORT', 18_081)),
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
      accepted: `milliseconds, 0 to ${LONGEST}, or two of them with the smaller first, as in 2000-15000`,
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
      shown: withoutPassword,
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
    found.push(`ADMIN_PORT: received "${config.adminPort}", which is PORT's value too; accepted: a port of its own`)
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
