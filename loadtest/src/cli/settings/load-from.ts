import { UsageError } from '../../base/errors.js'
import type { LoadFromValues } from '../flags/kubernetes-flags.js'
import { MOST_RATE } from '../flags/load-flags.js'
import type { CommandLine } from '../flags/parse.js'
import { invalid } from '../flags/values.js'
import type { LoadSettings } from './load-settings.js'

/** The machines that send the load. */
export interface LoadFromSettings {
  readonly loadFrom: 'here' | 'cluster'
  /** The number of pods; undefined if this machine sends the load. */
  readonly workers: number | undefined
  readonly workerImage: string | undefined
}

/** The clients that are not part of the verdict run on this machine alone. */
const HERE_ALONE = ['background', 'retrying'] as const

/**
 * Reads where the load comes from.
 *
 * @throws {UsageError} the flags of the workers do not fit together, or the rate is too high for the number of machines
 */
export function readLoadFrom({
  values,
  given,
}: CommandLine<LoadFromValues & { readonly rate: number }>): LoadFromSettings {
  const { loadFrom, workers = 1, workerImage, rate } = values
  const isCluster = loadFrom === 'cluster'
  const stray = (isCluster ? HERE_ALONE : (['workers', 'worker-image'] as const)).find((name) => given.has(name))
  if (stray !== undefined) {
    const other = isCluster ? 'here' : 'cluster'
    throw new UsageError(
      `--${stray} has no effect with --load-from ${loadFrom}: use --load-from ${other}, or leave --${stray} out`,
    )
  }
  if (isCluster && workerImage === undefined) {
    throw new UsageError(
      '--load-from cluster needs --worker-image: build loadtest/Dockerfile, push the image to a registry that the nodes can pull from, and give its name',
    )
  }
  assertRate(rate, isCluster ? workers : 1, isCluster ? 'raise --workers' : 'send more with --load-from cluster')
  return isCluster ? { loadFrom, workers, workerImage } : { loadFrom, workers: undefined, workerImage: undefined }
}

/**
 * Checks that so many machines can send the rate.
 *
 * @throws {UsageError} they cannot
 */
export function assertRate(rate: number, machines: number, advice: string): void {
  const most = MOST_RATE * machines
  if (rate <= most) return
  throw invalid('--rate', String(rate), `give a number of requests per second from 1 to ${most}, or ${advice}`)
}

/** Returns the load without the clients that run on this machine alone, if others send the load. */
export const loadOf = (load: LoadSettings, { loadFrom }: LoadFromSettings): LoadSettings =>
  loadFrom === 'cluster' ? { ...load, backgroundRate: 0, retryingRate: 0 } : load
