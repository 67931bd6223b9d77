import { UsageError } from '../../loadtest/dist/base/errors.js'

/**
 * Returns the entries of `all` that a comma-separated flag names, in the order of the flag; all of them if the flag is absent.
 *
 * @throws {UsageError} a name is not in `all`
 */
export function pick<T>(
  flag: string,
  value: string | undefined,
  all: readonly T[],
  nameOf: (one: T) => string,
): readonly T[] {
  if (value === undefined) return all
  return value.split(',').map((name) => {
    const found = all.find((one) => nameOf(one) === name)
    if (found !== undefined) return found
    throw new UsageError(`${flag}: unknown value '${name}'; accepted: ${all.map(nameOf).join(', ')}`)
  })
}

/** @throws {UsageError} the value is not a whole number from 1 to `most` */
export function wholeNumber(flag: string, value: string, most = Number.MAX_SAFE_INTEGER): number {
  const number = Number(value)
  if (Number.isInteger(number) && number >= 1 && number <= most) return number
  const range = most === Number.MAX_SAFE_INTEGER ? 'of at least 1' : `from 1 to ${most}`
  throw new UsageError(`${flag}: invalid value '${value}'; accepted: a whole number ${range}`)
}
