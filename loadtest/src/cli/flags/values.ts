import { UsageError } from '../../base/errors.js'
import { nearest } from '../../base/nearest.js'
import { parseOrigin } from '../../base/wire/http1/origin.js'

/** The range of a number on the command line, both ends included. */
export interface NumberRange {
  readonly min: number
  readonly max: number
  /** Fractions are refused. */
  readonly whole?: boolean
  /** As in "a number of seconds". */
  readonly unit?: string
  /** Replaces "number" in the error message. */
  readonly noun?: string
}

type Parse<T> = (text: string, flag: string) => T

/** Reads any text. */
export const text: Parse<string> = (value) => value

/**
 * Reads a decimal number.
 *
 * @example number({ min: 1, max: 5_000 })('200', '--rate') // 200
 */
export const number =
  ({ min, max, whole = false, unit, noun }: NumberRange): Parse<number> =>
  (given, flag) => {
    const value = /^\d+(?:\.\d+)?$/.test(given) ? Number(given) : Number.NaN
    if (value >= min && value <= max && (!whole || Number.isInteger(value))) return value
    const kind = noun ?? `${whole ? 'whole ' : ''}number${unit === undefined ? '' : ` of ${unit}`}`
    throw invalid(flag, given, `give a ${kind} from ${min} to ${max}`)
  }

/** Reads one of a few words, and suggests the nearest one for a mistyped word. */
export const oneOf =
  <T extends string>(choices: readonly T[]): Parse<T> =>
  (given, flag) => {
    const found = choices.find((candidate) => candidate === given)
    if (found !== undefined) return found
    const guess = nearest(given, choices)
    throw invalid(flag, given, guess === undefined ? `choose from ${choices.join(', ')}` : `did you mean ${guess}?`)
  }

/** Reads a list of words from `choices`, separated by commas. */
export const listOf =
  <T extends string>(choices: readonly T[]): Parse<readonly T[]> =>
  (given, flag) =>
    given.split(',').map((name) => oneOf(choices)(name.trim(), flag))

/** Collects the values of a repeatable flag. */
export const several =
  <T>(parse: Parse<T>) =>
  (given: string, flag: string, before: readonly T[] = []): readonly T[] => [...before, parse(given, flag)]

/** Reads the path of a URL: `/ready`. */
export const urlPath: Parse<string> = (given, flag) => {
  if (/^\/\S*$/u.test(given)) return given
  throw invalid(flag, given, 'give a path that begins with /, as in /ready')
}

/** Reads the URL of a service, without a slash at its end. */
export const url: Parse<string> = (given, flag) => {
  const masked = given.replace(/\/\/[^/?#]*@/u, '//***@')
  if (masked !== given) throw invalid(flag, masked, 'zero-drop sends no user name and no password; leave them out')
  try {
    parseOrigin(given)
    return given.replace(/\/$/, '')
  } catch {
    throw invalid(flag, given, 'give an http or https URL, as in http://10.0.0.1:30080')
  }
}

/** Reads the name of an environment variable. */
export const variableName: Parse<string> = (given, flag) => {
  if (/^[A-Za-z_][A-Za-z0-9_]*$/u.test(given)) return given
  throw invalid(flag, given, 'give the name of a variable, as in PORT')
}

/** Reads `NAME=VALUE`, and keeps it as it is. */
export const assignment: Parse<string> = (given, flag) => {
  const at = given.indexOf('=')
  if (at < 1) throw invalid(flag, given, 'give NAME=VALUE, as in LOG_LEVEL=debug')
  variableName(given.slice(0, at), flag)
  return given
}

/** Returns the error for a value that cannot be used. `wanted` says what to give instead. */
export const invalid = (flag: string, value: string, wanted: string): UsageError =>
  new UsageError(`invalid ${flag} ${JSON.stringify(value)}: ${wanted}`)
