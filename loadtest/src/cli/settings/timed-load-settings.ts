import { UsageError } from '../../base/errors.js'
import type { CommandLine } from '../flags/parse.js'
import type { TimedLoadValues } from '../flags/timed-load-flags.js'
import { assertRate } from './load-from.js'
import { readLoadSettings, type LoadSettings } from './load-settings.js'

/** The variable in which an Indexed Job gives each pod its number. */
const INDEX = 'JOB_COMPLETION_INDEX'

/** A command line of `zero-drop load`, checked, with its defaults filled in. */
export interface TimedLoadSettings extends LoadSettings {
  readonly urls: readonly string[]
  readonly durationMs: number
  readonly workers: number
  readonly index: number
}

/**
 * Checks the flags of `zero-drop load`.
 *
 * @throws {UsageError} there is no URL, or the rate is too high for the number of pods
 */
export function timedLoadSettings({ values, given, words }: CommandLine<TimedLoadValues>): TimedLoadSettings {
  const { url: urls, workers = 1 } = values
  if (urls.length === 0) {
    throw new UsageError('there is no URL to send the load to: give one with --url, as in --url http://shop.store.svc')
  }
  assertRate(values.rate, workers, 'raise --workers')
  const all = { ...values, background: 0, retrying: 0, timeout: 0 }
  const load = readLoadSettings({ values: all, given, words })
  return { ...load, urls, durationMs: values.for * 1_000, workers, index: indexOf(workers) }
}

/**
 * Returns the number of this pod in its Indexed Job; 0 outside of one.
 *
 * @throws {UsageError} the Job has more pods than `workers`
 */
export function indexOf(workers: number): number {
  const text = process.env[INDEX] ?? '0'
  const index = /^\d+$/u.test(text) ? Number(text) : Number.NaN
  if (index < workers) return index
  throw new UsageError(
    `${INDEX}=${text} is not the number of one of ${workers} workers: --workers must be the completions of the Job`,
  )
}
