import { setTimeout as sleep } from 'node:timers/promises'
import { pace } from '../sending/pace.js'
import { now } from '../../base/clock.js'
import { createDurations } from '../../base/histogram.js'
import type { Summary } from '../../base/histogram.js'
import { merged, namesInLowerCase, PLAIN } from '../../base/wire/access.js'
import type { Access } from '../../base/wire/access.js'
import type { ReadPath } from '../../inputs/profile/profile.js'
import { createRandom } from '../../base/random.js'
import type { Random } from '../../base/random.js'
import { createFetch } from './fetch.js'
import type { Transport } from './fetch.js'

/** The failures that users of a client that retries would have noticed. Not part of the verdict. */
export interface RetryingReport {
  readonly requests: number
  /** Answered without a retry. */
  readonly answeredAtOnce: number
  /** Answered after at least one retry: users noticed only the delay. */
  readonly answeredAfterRetries: number
  /** Requests without a response after the last retry: users saw an error. */
  readonly failed: number
  /** Still in flight at the end. */
  readonly unfinished: number
  /** Retries of all requests. */
  readonly retries: number
  /** From when a request was due to its answer, including retries and pauses. */
  readonly latencyMs: Summary
  /** The first few errors that users saw. */
  readonly errors: readonly string[]
}

export interface RetryingOptions {
  readonly urls: readonly string[]
  /** A request that is safe to send twice. */
  readonly request: Pick<ReadPath, 'path' | 'status' | 'method' | 'headers' | 'body'>
  /** Requests per second over all URLs. */
  readonly rate: number
  readonly seed: number
  readonly requestIdHeader: string
  /** Default: no headers, and the defaults of TLS. */
  readonly access?: Access
  /** First part of each request's id. Every try of a request has the same id. */
  readonly runId: string
  /** Limit for one try, in ms. */
  readonly timeoutMs: number
}

export interface Retrying {
  /** Starts no more requests, waits at most `ms` for those in flight, and returns the report. */
  stop(ms: number): Promise<RetryingReport>
}

/** Pauses before each retry, in ms, multiplied by 0.5 to 1: backoff with jitter. */
const PAUSES = [200, 400]
/** Statuses with which proxies answer if no server is available. */
const WORTH_A_RETRY = new Set([502, 503, 504])
const KEPT_ERRORS = 10

/**
 * Starts a client like many in Node: `fetch` on its shared connection pool, with two retries. `fetch` itself silently repeats some
 * requests after a FIN; these repetitions cannot be counted.
 */
export function startRetrying(options: RetryingOptions): Retrying {
  const { urls, rate, seed, runId, access = PLAIN } = options
  const transport = createFetch(access)
  const random = createRandom(seed, 'retrying')
  const latency = createDurations()
  const counts = { requests: 0, answeredAtOnce: 0, answeredAfterRetries: 0, failed: 0, retries: 0 }
  const errors: string[] = []
  const underWay = new Set<Promise<void>>()
  const end = new AbortController()

  const request = async (url: string, id: string, scheduledAt: number): Promise<void> => {
    for (let tries = 0; ; tries += 1) {
      // oxlint-disable-next-line no-await-in-loop -- one after the other is what a retry is
      const problem = await attempt(options, transport.fetch, url, id, end.signal)
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
      transport.close()
      return { ...counts, unfinished, latencyMs: latency.summary(), errors: [...errors] }
    },
  }
}

interface Problem {
  readonly text: string
  readonly again: boolean
}

async function attempt(
  {
    request: { path, status, method = 'GET', headers = [], body },
    requestIdHeader,
    timeoutMs,
    access = PLAIN,
  }: RetryingOptions,
  send: Transport['fetch'],
  url: string,
  id: string,
  end: AbortSignal,
): Promise<Problem | undefined> {
  try {
    const response = await send(url + path, {
      method,
      headers: { ...namesInLowerCase(merged(access.headers, headers)), [requestIdHeader]: id },
      ...(body === undefined ? {} : { body: body.replaceAll('{id}', id) }),
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

/** Returns the cause of a failed `fetch`, whose own message says only `fetch failed`. */
function reason(error: unknown): string {
  const { cause = error } = error as { cause?: unknown }
  const { code, message } = cause as { code?: unknown; message?: unknown }
  return typeof code === 'string' ? code : String(message ?? cause)
}
