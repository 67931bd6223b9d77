import { UsageError } from '../../../base/errors.js'
import type { Access } from '../../../base/wire/access.js'
import { waitForAnswer, whyNoAnswer } from '../../reachable.js'

const ANSWER_LIMIT_MS = 5_000
/** A node port of a new Service takes a while to work on every node. */
const NODE_PORT_LIMIT_MS = 60_000

/**
 * Checks that every URL is valid and answers, before anything is changed.
 *
 * @throws {UsageError} names every URL that does not answer, and why.
 */
export async function assertUrlsAnswer(urls: readonly string[], access?: Access): Promise<void> {
  if (urls.length === 0) throw new UsageError('there is no URL to send the load to: give one with --url')
  for (const url of urls) {
    if (!URL.canParse(url) || !['http:', 'https:'].includes(new URL(url).protocol)) {
      throw new UsageError(`${url} is not a URL that begins with http:// or https://`)
    }
  }
  const problems = await Promise.all(urls.map((url) => whyNoAnswer(url, ANSWER_LIMIT_MS, access)))
  const silent = urls.flatMap((url, index) =>
    problems[index] === undefined ? [] : [`${url} does not answer: ${problems[index]}`],
  )
  if (silent.length > 0) throw new UsageError(`${silent.join('; ')}; is it the address of the service?`)
}

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
  if (silent.length > 0) throw new UsageError(`the twin of ${name} does not answer at ${silent.join('; ')}`)
}
