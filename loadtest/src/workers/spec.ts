import { UsageError } from '../base/errors.js'
import type { Access } from '../base/wire/access.js'
import { keepSecret } from '../base/secrets.js'
import { createRandom } from '../base/random.js'
import { CLIENT_CLASSES } from '../clients/index.js'
import type { ClientClass, Limits } from '../clients/client.js'
import type { Profile } from '../inputs/profile/profile.js'
import type { Share } from '../ledger/attempt-ids.js'

/** The load of all workers together, as the file that each worker reads. It can hold secrets, such as request headers. */
export interface WorkerSpec {
  readonly runId: string
  readonly urls: readonly string[]
  /** The headers of every request, and TLS. */
  readonly access: Access
  /** The address of each URL's host, for a cluster without DNS. */
  readonly addresses: Readonly<Record<string, string>>
  /** Without the log of the service, which only the coordinator reads. */
  readonly profile: Omit<Profile, 'serverLog'>
  /** The names of the client classes. */
  readonly clients: readonly string[]
  /** Requests per second of all workers together. */
  readonly rate: number
  readonly seed: number
  readonly workers: number
  readonly limits: Limits
}

const MOST_SEEDS = 2 ** 32

/**
 * Returns the share of one worker. The rates of all workers add up to the whole rate, and no two workers have the same stream of
 * random numbers. One worker alone sends what one machine would send.
 */
export function shareOf(
  { rate, seed, workers }: Pick<WorkerSpec, 'rate' | 'seed' | 'workers'>,
  index: number,
): { readonly rate: number; readonly seed: number; readonly share: Share } {
  const share: Share = { index, of: workers }
  if (workers === 1) return { rate, seed, share }
  // Multiples of an odd number differ modulo a power of two, so no two workers share a seed.
  const first = createRandom(seed, 'workers').whole(0, MOST_SEEDS - 1)
  return { rate: rate / workers, seed: (first + index * STEP) % MOST_SEEDS, share }
}

/** 2³² divided by the golden ratio, odd: the seeds of neighbours are far apart. */
const STEP = 0x9e_37_79_b9

/** Returns the client classes of a spec. */
export const clientsOf = ({ clients }: Pick<WorkerSpec, 'clients'>): readonly ClientClass[] =>
  CLIENT_CLASSES.filter(({ name }) => clients.includes(name))

/**
 * Reads the file of a worker.
 *
 * @throws {UsageError} it is not the file that the coordinator wrote
 */
export function parseSpec(text: string, file: string): WorkerSpec {
  try {
    const spec = JSON.parse(text) as Partial<WorkerSpec>
    if (spec.runId !== undefined && spec.access !== undefined && spec.workers !== undefined) {
      // What a worker prints is in the log of its pod.
      for (const [, value] of spec.access.headers) keepSecret(value)
      return spec as WorkerSpec
    }
  } catch {
    // The error below says more.
  }
  throw new UsageError(`${file} is not the spec of a worker: zero-drop prove --load-from cluster writes it`)
}
