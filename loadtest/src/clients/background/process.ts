import { setTimeout as sleep } from 'node:timers/promises'
import autocannon from 'autocannon'
import type { Client, Instance, Options, Request, Result } from 'autocannon'
import { merged, namesInLowerCase, PLAIN, tlsOptions } from '../../base/wire/access.js'
import type { Access } from '../../base/wire/access.js'
import { RequestBook } from './request-book.js'
import type { BookedClient } from './request-book.js'
import type { BackgroundOptions, BackgroundReport, ToBackground } from './report.js'

/** Never reached: the run stops the load. */
const LONGEST_SECONDS = 86_400
const MOST_CONNECTIONS = 4
/** autocannon sends the requests of each second at its start, so within this time, in ms, none is in flight at some moment. */
const QUIET_WITHIN = 1_200

interface Running {
  stop(): Promise<BackgroundReport>
}

function start({ urls, request, rate, requestIdHeader, runId, timeoutMs, access = PLAIN }: BackgroundOptions): Running {
  const book = new RequestBook(runId)
  const clients: BookedClient[] = []
  const results: Promise<Result>[] = []
  const started = performance.now()
  const { path, method = 'GET', body } = request
  const headers = namesInLowerCase(merged(access.headers, request.headers ?? []))

  const instances: Instance[] = urls.map((url) => {
    const perUrl = Math.max(1, Math.round(rate / urls.length))
    const requestFor = (client: BookedClient): Request => ({
      method,
      path: new URL(url).pathname.replace(/\/$/, '') + path,
      setupRequest: (given) => {
        const id = client.issue()
        return {
          ...given,
          headers: { ...given.headers, ...headers, [requestIdHeader]: id },
          ...(body === undefined ? {} : { body: body.replaceAll('{id}', id) }),
        }
      },
      onResponse: (status, _body, _context, answered) => {
        client.acknowledge({
          status,
          id: headerOf(answered, requestIdHeader),
          closes: headerOf(answered, 'connection')?.toLowerCase() === 'close',
        })
      },
    })
    const ending = deferred<Result>()
    results.push(ending.promise)
    return autocannon(
      {
        url,
        connections: Math.min(MOST_CONNECTIONS, perUrl),
        overallRate: perUrl,
        pipelining: 1,
        duration: LONGEST_SECONDS,
        timeout: Math.ceil(timeoutMs / 1_000),
        ...tlsOf(access, url),
        // Each client has its own request, so that the book knows which client wrote it.
        setupClient: (client: Client) => {
          // The types of autocannon do not declare `conn`.
          const booked = book.client(url, () => (client as unknown as { readonly conn: unknown }).conn)
          clients.push(booked)
          client.setRequests([requestFor(booked)])
        },
      },
      (error: Error | null, result: Result) => (error ? ending.reject(error) : ending.resolve(result)),
    )
  })

  const inFlight = (): ReadonlySet<string> =>
    new Set(clients.map((client) => client.inFlight()).filter((id) => id !== undefined))

  return {
    stop: async () => {
      const end = performance.now() + QUIET_WITHIN
      // oxlint-disable-next-line no-await-in-loop -- waits in turns
      while (inFlight().size > 0 && performance.now() < end) await sleep(10)
      book.freeze()
      const seconds = (performance.now() - started) / 1_000
      const counts = book.result(inFlight())
      for (const instance of instances) instance.stop()
      return report(counts, await Promise.all(results), seconds)
    },
  }
}

/** autocannon accepts every certificate. The clients of the verdict check it before the load. */
function tlsOf({ tls }: Access, url: string): Pick<Options, 'tlsOptions' | 'servername'> {
  if (new URL(url).protocol !== 'https:') return {}
  const { servername, ca, cert, key } = tlsOptions(tls, new URL(url).hostname)
  return {
    tlsOptions: { ...(ca === undefined ? {} : { ca }), ...(cert === undefined ? {} : { cert, key }) },
    ...(servername === undefined ? {} : { servername }),
  }
}

interface Deferred<T> {
  readonly promise: Promise<T>
  resolve(value: T): void
  reject(error: Error): void
}

const deferred = <T>(): Deferred<T> => {
  let settle: Pick<Deferred<T>, 'resolve' | 'reject'> | undefined
  const promise = new Promise<T>((resolve, reject) => {
    settle = { resolve, reject }
  })
  return { promise, resolve: (value) => settle?.resolve(value), reject: (error) => settle?.reject(error) }
}

const report = (
  counts: ReturnType<RequestBook['result']>,
  results: readonly Result[],
  seconds: number,
): BackgroundReport => {
  const total = (pick: (result: Result) => number): number => results.reduce((sum, result) => sum + pick(result), 0)
  const most = (pick: (result: Result) => number): number => Math.max(0, ...results.map(pick))
  return {
    ...counts,
    requestsPerSecond: Math.round((counts.acknowledged / seconds) * 10) / 10,
    latencyMs: {
      p50: most(({ latency }) => latency.p50),
      p99: most(({ latency }) => latency.p99),
      max: most(({ latency }) => latency.max),
    },
    autocannon: {
      errors: total(({ errors }) => errors),
      timeouts: total(({ timeouts }) => timeouts),
      resets: total(({ resets }) => resets),
    },
    crashed: null,
  }
}

const headerOf = (headers: Request['headers'], name: string): string | undefined => {
  const found = Object.entries(headers ?? {}).find(([key]) => key.toLowerCase() === name.toLowerCase())?.[1]
  return Array.isArray(found) ? found[0] : found
}

let running: Running | undefined

const take = async (message: ToBackground): Promise<void> => {
  if (message.type === 'start') {
    running = start(message.options)
    return
  }
  if (running) process.send?.(await running.stop(), () => process.exit(0))
}

process.on('message', (message) => void take(message as ToBackground))
// The harness is gone.
process.on('disconnect', () => process.exit(0))
// Ctrl-C reaches the whole process group. The harness decides when this process ends.
process.on('SIGINT', () => undefined)
