import { UsageError } from '../../../base/errors.js'
import type { Access } from '../../../base/wire/access.js'
import { waitForAnswer } from '../../reachable.js'

/** A node port of a new Service takes a while to work on every node. */
const NODE_PORT_LIMIT_MS = 60_000

/**
 * Waits until a twin answers at each of its URLs.
 *
 * @param name the workload that the twin is a copy of.
 * @throws {UsageError} names every URL that does not answer, and why.
 */
export async function awaitTwinUrls(
  urls: readonly string[],
  name: string,
  how: { readonly signal: AbortSignal; readonly access: Access | undefined },
): Promise<void> {
  const problems = await Promise.all(urls.map((url) => waitForAnswer(url, NODE_PORT_LIMIT_MS, how)))
  const silent = urls.flatMap((url, index) => (problems[index] === undefined ? [] : [`${url}: ${problems[index]}`]))
  if (silent.length > 0)
    throw new UsageError(
      `the twin of ${name} does not answer at ${silent.join('; ')}; check --twin-command, or leave the twin out with --no-twin`,
    )
}
