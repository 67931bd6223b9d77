import { request as requestHttp } from 'node:http'
import { request as requestHttps } from 'node:https'
import { setTimeout as sleep } from 'node:timers/promises'
import { merged, PLAIN, tlsOptions } from '../base/wire/access.js'
import type { Access, Header } from '../base/wire/access.js'
import { explainTls, isOfTls } from '../base/wire/tls-problem.js'
import { plural } from '../base/text.js'
import { UsageError } from '../base/errors.js'

/**
 * Sends one request to a URL, on a new connection.
 *
 * @param access the headers and the TLS settings of the user
 *
 * @returns undefined if the URL answers with any HTTP status; otherwise why it does not.
 */
export function whyNoAnswer(url: string, timeoutMs: number, access: Access = PLAIN): Promise<string | undefined> {
  return new Promise((resolve) => {
    const send = url.startsWith('https:') ? requestHttps : requestHttp
    const request = send(url, {
      // Otherwise Node would take the name from the header Host.
      servername: '',
      ...tlsOptions(access.tls, new URL(url).hostname),
      agent: false,
      headers: Object.fromEntries(merged(OWN, access.headers)),
      signal: AbortSignal.timeout(timeoutMs),
    })
    request.on('response', (response) => {
      resolve(undefined)
      response.destroy()
    })
    request.on('error', (error: NodeJS.ErrnoException) => resolve(describe(error, timeoutMs)))
    request.end()
  })
}

const OWN: readonly Header[] = [
  ['User-Agent', 'zero-drop'],
  ['Accept', '*/*'],
  ['Connection', 'close'],
]

/** A try that had less time than this, in ms, tells nothing about a URL. */
const SHORTEST_TRY = 500

/**
 * Waits until a URL answers.
 *
 * @returns undefined when it answers; after `patienceMs`, or when the signal aborts, how often it was tried and why it does not.
 */
export async function waitForAnswer(
  url: string,
  patienceMs: number,
  { signal, access }: { readonly signal?: AbortSignal; readonly access?: Access | undefined } = {},
): Promise<string | undefined> {
  const end = Date.now() + patienceMs
  for (let tries = 1; ; tries += 1) {
    // oxlint-disable-next-line no-await-in-loop -- one try after the other
    const problem = await whyNoAnswer(url, Math.max(end - Date.now(), SHORTEST_TRY), access)
    if (problem === undefined) return undefined
    // Trying again does not change a certificate.
    if (isOfTls(problem)) return problem
    if (Date.now() >= end - SHORTEST_TRY || signal?.aborted === true) {
      return `${plural(tries, 'GET request')} in ${patienceMs / 1_000} s got no response, the last: ${problem}`
    }
    // oxlint-disable-next-line no-await-in-loop -- the pause is the purpose
    await sleep(100)
  }
}

function describe({ code, message }: NodeJS.ErrnoException, timeoutMs: number): string {
  if (code === 'ABORT_ERR') return `no response within ${timeoutMs / 1_000} s`
  return explainTls({ code, message }) ?? code ?? message
}

const ANSWER_LIMIT_MS = 5_000

/**
 * Checks that every URL is valid and answers, before anything is changed.
 *
 * @throws {UsageError} names every URL that does not answer, and why.
 */
export async function assertUrlsAnswer(urls: readonly string[], access?: Access): Promise<void> {
  if (urls.length === 0) throw new UsageError('there is no URL to send the load to: give one with --url')
  for (const url of urls) {
    if (!URL.canParse(url) || !['http:', 'https:'].includes(new URL(url).protocol)) {
      throw new UsageError(
        `${url} is not a URL that begins with http:// or https://: give one such as http://192.0.2.10:30080`,
      )
    }
  }
  const problems = await Promise.all(urls.map((url) => whyNoAnswer(url, ANSWER_LIMIT_MS, access)))
  // One certificate usually serves every URL, so one sentence names them all.
  const byProblem = new Map<string, string[]>()
  for (const [index, url] of urls.entries()) {
    const problem = problems[index]
    if (problem !== undefined) byProblem.set(problem, [...(byProblem.get(problem) ?? []), url])
  }
  const silent = [...byProblem].map(([problem, own]) =>
    isOfTls(problem) ? `${own.join(', ')}: ${problem}` : `${own.join(', ')} does not answer: ${problem}`,
  )
  const advice = [...byProblem.keys()].every(isOfTls) ? '' : '; is it the address of the service?'
  if (silent.length > 0) throw new UsageError(`${silent.join('; ')}${advice}`)
}
