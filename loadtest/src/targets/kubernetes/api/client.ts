import { UsageError } from '../../../base/errors.js'
import { request as requestHttp, type IncomingMessage, type OutgoingHttpHeaders } from 'node:http'
import { request as requestHttps, type RequestOptions } from 'node:https'
import { setTimeout as sleep } from 'node:timers/promises'
import type { KubeConfig } from '@kubernetes/client-node'
import { now } from '../../../base/clock.js'
import { ApiUnreachable, asApiError, describe, isPassing, parse } from './api-error.js'
import { firstLine } from './kubeconfig.js'

export type Query = Readonly<Record<string, string | number | boolean | undefined>>

export interface Call {
  readonly query?: Query
  readonly body?: unknown
  /** The content type of the body. Default: `application/json`. */
  readonly contentType?: string
}

const ANSWER_LIMIT_MS = 15_000
const KEEP_ALIVE_MS = 5_000
const RETRY_PAUSE_MS = 500

/** Calls the Kubernetes API of one context, with the credentials that the client library reads. Objects stay as the API sends them. */
export class Client {
  readonly server: string
  readonly context: string
  readonly #config: KubeConfig

  constructor(config: KubeConfig) {
    this.#config = config
    this.server = config.getCurrentCluster()?.server ?? ''
    this.context = config.getCurrentContext()
  }

  /**
   * Makes one call.
   *
   * @throws {ApiError} the API answered with an error.
   * @throws {ApiUnreachable} the API did not answer.
   * @throws {UsageError} the credentials cannot be read.
   */
  async call<T>(method: string, path: string, call: Call = {}): Promise<T> {
    const response = await this.#open(method, path, call, AbortSignal.timeout(ANSWER_LIMIT_MS))
    const body = await readBody(response)
    if (response.statusCode !== undefined && response.statusCode < 300) return parse(body) as T
    throw asApiError(response.statusCode ?? 0, body)
  }

  /** Makes a call, and repeats it while the API does not answer or is overloaded, for at most `limitMs`. */
  async persist<T>(limitMs: number, method: string, path: string, call: Call = {}): Promise<T> {
    const end = now() + limitMs
    for (;;) {
      try {
        // oxlint-disable-next-line no-await-in-loop -- one try after the other
        return await this.call<T>(method, path, call)
      } catch (error) {
        if (!isPassing(error) || now() + RETRY_PAUSE_MS >= end) throw error
      }
      // oxlint-disable-next-line no-await-in-loop -- the pause is the purpose
      await sleep(RETRY_PAUSE_MS)
    }
  }

  /**
   * Yields the lines of a watch or of a log that is followed, until the API or the signal ends it.
   *
   * @param onOpen called when the API has accepted the request, before the first line.
   * @param patient waits for the response without a limit, because the API answers a log request with its first line.
   */
  async *lines(
    path: string,
    query: Query,
    signal: AbortSignal,
    onOpen?: () => void,
    { patient = false }: { readonly patient?: boolean } = {},
  ): AsyncGenerator<string> {
    const opening = patient ? signal : AbortSignal.any([signal, AbortSignal.timeout(ANSWER_LIMIT_MS)])
    const response = await this.#open('GET', path, { query }, opening)
    if (response.statusCode !== 200) throw asApiError(response.statusCode ?? 0, await readBody(response))
    onOpen?.()
    const close = (): void => void response.destroy()
    signal.addEventListener('abort', close, { once: true })
    response.setEncoding('utf8')
    let rest = ''
    try {
      for await (const chunk of response) {
        const parts = (rest + String(chunk)).split('\n')
        rest = parts.pop() ?? ''
        yield* parts.filter((line) => line !== '')
      }
      // The last line of a program may have no newline.
      if (rest !== '') yield rest
    } catch (error) {
      if (!signal.aborted) throw new ApiUnreachable(describe(error), { cause: error })
    } finally {
      signal.removeEventListener('abort', close)
      response.destroy()
    }
  }

  async #open(
    method: string,
    path: string,
    { query = {}, body, contentType }: Call,
    signal: AbortSignal,
  ): Promise<IncomingMessage> {
    const url = new URL(this.server + path)
    for (const [key, value] of Object.entries(query)) {
      if (value !== undefined) url.searchParams.set(key, String(value))
    }
    const options: RequestOptions = { method }
    try {
      await this.#config.applyToHTTPSOptions(options)
    } catch (error) {
      const problem = `the credentials of context ${this.context} cannot be read: ${firstLine(error)}`
      throw new UsageError(problem, { cause: error })
    }
    const headers: OutgoingHttpHeaders = {
      accept: 'application/json',
      'user-agent': 'zero-drop',
      ...(options.headers as OutgoingHttpHeaders | undefined),
    }
    options.headers = headers
    const payload = body === undefined ? undefined : JSON.stringify(body)
    if (payload !== undefined) {
      headers['content-type'] = contentType ?? 'application/json'
      headers['content-length'] = Buffer.byteLength(payload)
    }
    const send = url.protocol === 'http:' ? requestHttp : requestHttps
    return new Promise((resolve, reject) => {
      const request = send(url, options)
      const abort = (): void => {
        request.destroy(new ApiUnreachable(`no response within ${ANSWER_LIMIT_MS / 1_000} s`))
      }
      if (signal.aborted) abort()
      signal.addEventListener('abort', abort, { once: true })
      // Keep-alive probes find a dead connection within about 15 s.
      request.setSocketKeepAlive(true, KEEP_ALIVE_MS)
      request.on('response', (response) => {
        signal.removeEventListener('abort', abort)
        resolve(response)
      })
      request.on('error', (error) => reject(new ApiUnreachable(describe(error), { cause: error })))
      request.end(payload)
    })
  }
}

async function readBody(response: IncomingMessage): Promise<string> {
  response.setEncoding('utf8')
  let text = ''
  const timer = setTimeout(() => response.destroy(new Error('the response was cut off')), ANSWER_LIMIT_MS)
  try {
    for await (const chunk of response) text += String(chunk)
  } catch (error) {
    throw new ApiUnreachable(describe(error), { cause: error })
  } finally {
    clearTimeout(timer)
  }
  return text
}
