import { silentLogger, stderrLogger } from '../process/reporting/logger.js'
import { resolveOptions } from '../options/settings.js'
import type { GracefulOptions, Logger } from '../types.js'
import { nearest } from './nearest.js'

type Mutable = { -readonly [K in keyof GracefulOptions]?: GracefulOptions[K] }

/** One variable: the values it takes, in words, and a function that returns the option for a value, or undefined for an invalid one. */
interface Variable {
  readonly expected: string
  readonly parse: (text: string) => Mutable | undefined
}

/** A name without an object behind it, such as `metrics`, has no variable. */
const variables: Readonly<Record<string, Variable>> = {
  GRACEFUL_SHUTDOWN_DELAY: {
    expected: 'milliseconds: one number, such as 5000, or min-max, or min-expected-max, such as 2000-10000-40000',
    parse(text) {
      if (!/^\d+(?:-\d+){0,2}$/u.test(text)) return undefined
      const [min, second, third] = text.split('-').map(Number) as [number, number?, number?]
      if (second === undefined) return { shutdownDelay: min }
      return { shutdownDelay: third === undefined ? { min, max: second } : { min, expected: second, max: third } }
    },
  },
  GRACEFUL_TIMEOUT: {
    expected: 'a number of milliseconds above 0, such as 25000',
    parse: (text) => (/^\d+$/u.test(text) && Number(text) > 0 ? { timeout: Number(text) } : undefined),
  },
  GRACEFUL_ADMIN_PORT: {
    expected: "a port from 0 to 65535, such as 18081, or 'off'",
    parse(text) {
      if (text === 'off') return { admin: false }
      return /^\d{1,5}$/u.test(text) && Number(text) <= 65_535 ? { admin: { port: Number(text) } } : undefined
    },
  },
  GRACEFUL_ADMIN_HOST: {
    expected: 'an address to listen on, such as 127.0.0.1',
    parse: (text) => ({ admin: { host: text } }),
  },
  GRACEFUL_SIGNALS: {
    expected: "signal names with commas between them, such as SIGTERM,SIGINT, or 'off'",
    parse(text) {
      if (text === 'off') return { signals: [] }
      const names = text.split(',').map((name) => name.trim())
      return names.every((name) => /^SIG[A-Z0-9]+$/u.test(name)) ? { signals: names as NodeJS.Signals[] } : undefined
    },
  },
  GRACEFUL_SIGNAL_LISTENERS: {
    expected: "'deferred' or 'immediate'",
    parse: (text) => (text === 'deferred' || text === 'immediate' ? { signalListeners: text } : undefined),
  },
  GRACEFUL_LOGGER: {
    expected: "'off', or 'stderr' for JSON lines on stderr",
    parse: (text) => (text === 'off' ? { logger: false } : text === 'stderr' ? {} : undefined),
  },
  GRACEFUL_EVENT_STREAMS: {
    expected: "'close' or 'wait'",
    parse: (text) => (text === 'close' || text === 'wait' ? { eventStreams: text } : undefined),
  },
  GRACEFUL_SHUTDOWN_ON_CRASH: {
    expected: "'true' or 'false'",
    parse: (text) => (text === 'true' || text === 'false' ? { shutdownOnCrash: text === 'true' } : undefined),
  },
}

/** Has no option, because `createGraceful` gets the server. */
const READY_PORT = 'GRACEFUL_READY_PORT'

/**
 * Returns the port whose server makes the process ready; undefined if the first public server does.
 *
 * @throws {TypeError} the variable is no port
 */
export function readyPort(env: NodeJS.ProcessEnv): number | undefined {
  const text = env[READY_PORT]?.trim()
  if (!text) return undefined
  const port = Number(text)
  if (/^\d{1,5}$/u.test(text) && port >= 1 && port <= 65_535) return port
  throw invalidVariable(READY_PORT, 'a port from 1 to 65535, such as 8080', text)
}

/** Returns the options in the environment. Throws a TypeError that names the variable, the value and the valid values. */
export function readOptions(env: NodeJS.ProcessEnv): GracefulOptions {
  const options: Mutable = {}
  const set: string[] = []
  readyPort(env)
  for (const [name, { expected, parse }] of Object.entries(variables)) {
    const text = env[name]?.trim()
    // An empty variable counts as unset.
    if (!text) continue
    const parsed = parse(text)
    if (parsed === undefined) throw invalidVariable(name, expected, text)
    const { admin, ...others } = parsed
    Object.assign(options, others)
    if (admin === false || options.admin === false) options.admin = false
    else if (admin !== undefined) options.admin = { ...options.admin, ...admin }
    set.push(`${name}=${text}`)
  }
  try {
    resolveOptions(options)
  } catch (error) {
    // Two variables can contradict each other, and a signal name can be unknown.
    const { message } = error as Error
    throw new TypeError(`${message}; the value comes from the environment: ${set.join(' ')}`, { cause: error })
  }
  return options
}

const invalidVariable = (name: string, expected: string, text: string): TypeError =>
  new TypeError(
    `graceful: the environment variable ${name} must be ${expected}; received '${text}'; correct or unset it`,
  )

/** Returns a warning for each variable that looks like one of the library's but is none. */
export function variablesWarnings(env: NodeJS.ProcessEnv): string[] {
  const names = [...Object.keys(variables), READY_PORT]
  return Object.keys(env)
    .filter((name) => name.startsWith('GRACEFUL_') && !names.includes(name))
    .map((name) => `unknown environment variable ${name} (did you mean ${nearest(name, names)}?); it has no effect`)
}

/** Returns the logger of the preload, whose options come from the environment. */
export const preloadLogger = (env: NodeJS.ProcessEnv): Logger =>
  env['GRACEFUL_LOGGER']?.trim() === 'off' ? silentLogger : stderrLogger
