import { inspect } from 'node:util'

/** Longer ones fire at once in Node. */
const LONGEST_TIMER = 2 ** 31 - 1

export function milliseconds(name: string, value: unknown): number {
  if (typeof value !== 'number' || !(value >= 0 && value <= LONGEST_TIMER)) {
    throw bad(name, `a number of milliseconds from 0 to ${LONGEST_TIMER}`, value)
  }
  return value
}

export function bad(name: string, expected: string, received: unknown): TypeError {
  return new TypeError(`graceful: ${name} must be ${expected}; received ${shown(received)}`)
}

export const shown = (value: unknown): string => inspect(value, { depth: 0 })

export function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null
}
