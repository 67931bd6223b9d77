import { wordsOf, type Container } from './container.js'
import { fields, texts, whole, type Path } from './values.js'

/** A time of a shutdown in seconds, and where the manifest has it. */
export interface ShutdownTime {
  readonly seconds: number
  readonly path: Path
  /** As in `GRACEFUL_TIMEOUT`. */
  readonly name: string
}

/** The times of a container's shutdown, as far as the manifest shows them. */
export interface ShutdownTimes {
  /** The sleep of the preStop hook, before SIGTERM. */
  readonly preStop: ShutdownTime | undefined
  /** The longest delay after SIGTERM during which the process still serves. */
  readonly delay: ShutdownTime | undefined
  /** The shortest delay, in seconds. It is shorter than `delay` if the delay is adaptive. */
  readonly leastDelay: number | undefined
  /** The limit of everything after SIGTERM: delay, drain and hooks. */
  readonly budget: ShutdownTime | undefined
  /** The container uses the library of this project. */
  readonly library: boolean
}

const DELAYS = ['GRACEFUL_SHUTDOWN_DELAY', 'SHUTDOWN_DELAY_MS']
const BUDGETS = ['GRACEFUL_TIMEOUT', 'SHUTDOWN_TIMEOUT_MS']
/** The default of `timeout` in the library. */
const DEFAULT_BUDGET = 25

/** The limits of a graceful shutdown in other servers: variables, in seconds unless the value has a unit. */
const OTHER_VARIABLES = [
  'SPRING_LIFECYCLE_TIMEOUT_PER_SHUTDOWN_PHASE',
  'SPRING_LIFECYCLE_TIMEOUTPERSHUTDOWNPHASE',
  'ASPNETCORE_SHUTDOWNTIMEOUTSECONDS',
  'DOTNET_SHUTDOWNTIMEOUTSECONDS',
]
/** Flags of gunicorn, hypercorn and uvicorn, in seconds. */
const OTHER_FLAGS = /^--(?:graceful-timeout|timeout-graceful-shutdown)(?:=(\d+))?$/u

/** Returns the shutdown times of a container. */
export function shutdownOf(container: Container): ShutdownTimes {
  const { env, envPaths } = container
  const variable = (
    names: readonly string[],
    parse: (value: string) => number | undefined,
  ): ShutdownTime | undefined => {
    for (const name of names) {
      const seconds = parse(env.get(name)?.trim() ?? '')
      if (seconds !== undefined) return { seconds, path: envPaths.get(name) ?? container.path, name }
    }
    return undefined
  }
  const library = usesLibrary(container)
  const budget =
    variable(BUDGETS, (value) => (/^\d+$/u.test(value) ? Number(value) / 1_000 : undefined)) ??
    (library
      ? { seconds: DEFAULT_BUDGET, path: container.path, name: "the library's default timeout" }
      : (variable(OTHER_VARIABLES, duration) ?? flagTime(container)))
  return {
    preStop: preStopSleep(container),
    delay: variable(DELAYS, (value) => delaysIn(value).at(-1)),
    leastDelay: variable(DELAYS, (value) => delaysIn(value)[0])?.seconds,
    budget,
    library,
  }
}

function usesLibrary(container: Container): boolean {
  if ([...container.env.keys(), ...container.envPaths.keys()].some((name) => name.startsWith('GRACEFUL_'))) return true
  const preload = /graceful\/(?:dist\/register\/)?register/u
  return preload.test(container.env.get('NODE_OPTIONS') ?? '') || wordsOf(container).some((word) => preload.test(word))
}

/** `5000`, `min-max` or `min-expected-max`, in ms. */
const delaysIn = (value: string): readonly number[] =>
  /^\d+(?:-\d+){0,2}$/u.test(value) ? value.split('-').map((each) => Number(each) / 1_000) : []

/** `30`, `30s`, `1m`, `500ms` or `PT30S`. */
function duration(value: string): number | undefined {
  const [, number, unit] = /^(?:PT)?(\d+)\s*(ms|s|m|h)?$/iu.exec(value) ?? []
  if (number === undefined) return undefined
  const factor = { ms: 0.001, s: 1, m: 60, h: 3_600 }[unit?.toLowerCase() ?? 's'] ?? 1
  return Number(number) * factor
}

function flagTime(container: Container): ShutdownTime | undefined {
  const words = [...wordsOf(container), ...(container.env.get('GUNICORN_CMD_ARGS') ?? '').split(/\s+/u)].flatMap(
    (word) => word.split(/\s+/u),
  )
  const at = words.findIndex((word) => OTHER_FLAGS.test(word))
  const flag = words[at]
  if (flag === undefined) return undefined
  const seconds = Number(OTHER_FLAGS.exec(flag)?.[1] ?? words[at + 1])
  const path = [...container.path, container.args.length > 0 ? 'args' : 'command']
  return Number.isNaN(seconds) ? undefined : { seconds, path, name: flag.split('=')[0] ?? flag }
}

/** The sleep of a preStop hook: `sleep`, or every `sleep N` of a command. */
function preStopSleep({ preStop, path }: Container): ShutdownTime | undefined {
  if (preStop === undefined) return undefined
  const hook = [...path, 'lifecycle', 'preStop']
  const seconds = whole(fields(preStop['sleep'])['seconds'])
  if (seconds !== undefined) return { seconds, path: [...hook, 'sleep', 'seconds'], name: 'preStop.sleep' }
  const script = texts(fields(preStop['exec'])['command']).join(' ')
  const sleeps = [...script.matchAll(/\bsleep\s+(\d+(?:\.\d+)?)([smh]?)\b/gu)]
  if (sleeps.length === 0) return undefined
  const total = sleeps.reduce((sum, [, number, unit]) => sum + (duration(`${number}${unit}`) ?? 0), 0)
  return { seconds: total, path: [...hook, 'exec', 'command'], name: 'the sleep of preStop.exec' }
}

/** @example secondsText(1.5) // '1.5 s' */
export const secondsText = (seconds: number): string => `${Math.round(seconds * 10) / 10} s`
