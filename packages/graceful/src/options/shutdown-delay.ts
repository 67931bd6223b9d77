import type { AdaptiveDelay, GracefulOptions } from '../types.js'
import { invalid, isObject, milliseconds } from './validation.js'

const SHORTEST = 2_000
/** 99 % of the kube-proxies on 100 nodes need up to 6.8 s. Some write their rules only every 10 s. */
const EXPECTED = 10_000
/** Time that the default `max` leaves to the drain and the hooks: the promise to idle connections, and the default limit of a hook. */
const AFTER_DELAY = 10_000
/** No default `max` is longer: a long `timeout` is for long requests, and not for a client that never stops connecting. */
const LONGEST = 60_000

/** The names of the times of an adaptive delay. */
export const delayTimes: ReadonlySet<string> = new Set(['min', 'expected', 'max'])

/**
 * Returns the three times of `shutdownDelay`, in ms. They are equal for a fixed delay. A short budget shortens the defaults. Values of
 * the caller must be in order and below the budget.
 */
export function shutdownDelay(
  value: GracefulOptions['shutdownDelay'],
  timeout: number,
): Record<keyof AdaptiveDelay, number> {
  if (value === undefined) {
    return { min: Math.min(SHORTEST, timeout / 4), expected: defaultExpected(timeout), max: defaultMax(timeout) }
  }
  if (isObject(value)) return adaptive(value, timeout)
  const fixed = milliseconds('shutdownDelay', value)
  requireBelowTimeout('shutdownDelay', fixed, timeout)
  return { min: fixed, expected: fixed, max: fixed }
}

function adaptive(value: AdaptiveDelay, timeout: number): Record<keyof AdaptiveDelay, number> {
  const min = milliseconds('shutdownDelay.min', value.min)
  const givenMax = value.max === undefined ? undefined : milliseconds('shutdownDelay.max', value.max)
  // The last of the three times that the caller has set.
  let last: readonly [name: string, ms: number] = ['min', min]
  // Without `expected`, nothing ends the delay before `max` but evidence.
  let expected = givenMax ?? Math.max(min, defaultExpected(timeout))
  if (value.expected !== undefined) {
    expected = milliseconds('shutdownDelay.expected', value.expected)
    requireInOrder(last, ['expected', expected])
    last = ['expected', expected]
  }
  if (givenMax !== undefined) {
    requireInOrder(last, ['max', givenMax])
    last = ['max', givenMax]
  }
  requireBelowTimeout(`shutdownDelay.${last[0]}`, last[1], timeout)
  return { min, expected, max: givenMax ?? Math.max(expected, defaultMax(timeout)) }
}

const defaultExpected = (timeout: number): number => Math.min(EXPECTED, timeout * 0.4)

/** Both terms are 15 s for the default budget of 25 s. */
const defaultMax = (timeout: number): number => Math.min(LONGEST, Math.max(timeout - AFTER_DELAY, timeout * 0.6))

function requireInOrder([name, ms]: readonly [string, number], [next, limit]: readonly [string, number]): void {
  if (ms > limit) throw invalid(`shutdownDelay.${name}`, `at most shutdownDelay.${next} (${limit})`, ms)
}

function requireBelowTimeout(name: string, ms: number, timeout: number): void {
  if (ms < timeout) return
  const expected = `below timeout (${timeout}), the budget for the delay, the drain and the hooks together`
  throw invalid(name, expected, ms)
}
