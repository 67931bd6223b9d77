import { setTimeout as sleep } from 'node:timers/promises'
import { pace } from '../sending/pace.js'
import { now } from '../../base/clock.js'
import { createDurations } from '../../base/histogram.js'
import type { Summary } from '../../base/histogram.js'
import { createRandom } from '../../base/random.js'
import type { Random } from '../../base/random.js'

/** What users behind a client that retries, as most do, would have noticed. It is no part of the verdict. */
export interface RetryingReport {
  readonly requests: number
  /** Answered without a retry. */
  readonly answeredAtOnce: number
  /** Answered after one retry or more: their users noticed nothing but the time that it took. */
  readonly answeredAfterRetries: number
  /** Not answered after the last retry: what their users saw was an error. */
  readonly failed: number
  /** Still under way when nobody would wait any longer. */
  readonly unfinished: number
  /** Tries beyond the first, over all requests. */
  readonly retries: number
  /** From the time at which a request was due to its answer, retries and pauses included. */
  readonly latencyMs: Summary
  /** The first few of the errors that users saw. */
  readonly errors: readonly string[]
}

export interface RetryingOptions {
  readonly urls: readonly string[]
  /** Something that can be asked for twice. */
  readonly path: string
  readonly status: number
  /** Requests per second over all URLs. */
  readonly rate: number
  readonly seed: number
  readonly requestIdHeader: string
  /** First part of each request's id; every try of a request carries the same one. */
  readonly runId: string
  /** For one try, in ms. */
  readonly timeoutMs: number
}

export interface Retrying {
  /** Starts no more requests, waits for those under way, for at most `ms`, and says what became of all. */
  stop(ms: number): Promise<RetryingReport>
}

/** How long is waited before each retry, in ms, times a half to one: the usual backoff with jitter. */
const PAUSES = [200, 400]
/** Statuses that proxies answer with where no server is to be had. */
const WORTH_A_RETRY = new Set([502, 503, 504])
const KEPT_ERRORS = 10

/**
 * Node's `fetch` on its shared pool of connections, with two retries: what an ordinary client in Node is. `fetch` itself sends again,
 * without a word, some of what a FIN took: that is not counted as a retry, as nobody could.
 */
export function startRetrying(options: RetryingOptions): Retrying {
  const { urls, rate, seed, runId } = options
  const random = createRandom(seed, 'retrying')
  const latency = createDurations()
  const counts = { requests: 0, answeredAtOnce: 0, answeredAfterRetries: 0, failed: 0, retries: 0 }
  const errors: string[] = []
  const underWay = new Set<Promise<void>>()
  const end = new AbortController()

  const request = async (url: string, id: string, scheduledAt: number): Promise<void> => {
    for (let tries = 0; ; tries += 1) {
      // oxlint-disable-next-line no-await-in-loop -- one after the other is what a retry is
      const problem = await attempt(options, url, id, end.signal)
      if (end.signal.aborted) return
      const pause = PAUSES[tries]
      if (problem === undefined) {
        latency.record(now() - scheduledAt)
        counts[tries === 0 ? 'answeredAtOnce' : 'answeredAfterRetries'] += 1
        return
      }
      if (pause === undefined || !problem.again) {
        counts.failed += 1
        if (errors.length < KEPT_ERRORS) errors.push(`${problem.text} at ${url}, after ${tries} retries`)
        return
      }
      counts.retries += 1
      // oxlint-disable-next-line no-await-in-loop -- as above
      await sleep(jittered(pause, random))
    }
  }

  const stop = pace(rate, random, (scheduledAt) => {
    counts.requests += 1
    const url = urls[counts.requests % urls.length]
    if (url === undefined) return
    const ended: Promise<void> = request(url, `${runId}-${counts.requests.toString(36)}`, scheduledAt).finally(() => {
      underWay.delete(ended)
    })
    underWay.add(ended)
  })

  return {
    stop: async (ms) => {
      stop()
      await Promise.race([Promise.all(underWay), sleep(ms, undefined, { ref: false })])
      const unfinished = underWay.size
      end.abort()
      return { ...counts, unfinished, latencyMs: latency.summary(), errors: [...errors] }
    },
  }
}

interface Problem {
  readonly text: string
  readonly again: boolean
}

async function attempt(
  { path, status, requestIdHeader, timeoutMs }: RetryingOptions,
  url: string,
  id: string,
  end: AbortSignal,
): Promise<Problem | undefined> {
  try {
    const response = await fetch(url + path, {
      headers: { [requestIdHeader]: id },
      redirect: 'manual',
      signal: AbortSignal.any([end, AbortSignal.timeout(timeoutMs)]),
    })
    await response.arrayBuffer()
    if (response.status === status) return undefined
    return { text: `status ${response.status}`, again: WORTH_A_RETRY.has(response.status) }
  } catch (error) {
    return { text: reason(error), again: true }
  }
}

const jittered = (ms: number, random: Random): number => ms * random.between(0.5, 1)

/** `fetch failed` alone tells nothing: its cause does. */
function reason(error: unknown): string {
  const { cause = error } = error as { cause?: unknown }
  const { code, message } = cause as { code?: unknown; message?: unknown }
  return typeof code === 'string' ? code : String(message ?? cause)
}
