import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, describe, expect, it } from 'vitest'
import { retrying as retryingNote } from '../../../src/reports/content/notes.ts'
import { startRetrying } from '../../../src/clients/retrying/retrying.ts'
import type { RetryingReport } from '../../../src/clients/retrying/retrying.ts'
import { record } from '../../fixtures/record.ts'
import { startService } from '../../fixtures/service.ts'
import type { Service, ServiceOptions } from '../../fixtures/service.ts'

let service: Service | undefined
afterEach(async () => {
  await service?.close()
  service = undefined
})

async function loaded(options: ServiceOptions): Promise<RetryingReport> {
  service = await startService(options)
  const retrying = startRetrying({
    urls: [service.url],
    request: { path: '/', status: 200 },
    rate: 50,
    seed: 1,
    requestIdHeader: 'X-Request-Id',
    runId: 'zd-test-retrying',
    timeoutMs: 60_000,
  })
  await sleep(1_500)
  return retrying.stop(60_000)
}

describe('a client that retries', () => {
  it('retries nothing without a fault', async () => {
    const { requests, answeredAtOnce, answeredAfterRetries, failed, retries } = await loaded({})
    expect(requests).toBeGreaterThan(30)
    expect([answeredAtOnce, answeredAfterRetries, failed, retries]).toEqual([requests, 0, 0, 0])
    expect(new Set(service?.seen).size).toBe(requests)
  })

  it.each<[string, ServiceOptions['fault']]>([
    ['a RST', ({ socket }) => void socket.resetAndDestroy()],
    ['a FIN', ({ socket }) => void socket.end()],
    ['a cut body', ({ socket }) => void socket.end('HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{')],
    ['a 503', (_, response) => void response.writeHead(503).end()],
  ])('hides %s from its user, and counts the retry', async (_, fault) => {
    const met = new Set<string>()
    const report = await loaded({
      every: 7,
      fault: (request, response) => {
        const id = String(request.headers['x-request-id'])
        // Once for each request: three faults in a row would be an error for the user.
        if (met.has(id)) response.end('{}')
        else fault?.(request, response)
        met.add(id)
      },
    })
    expect(met.size).toBeGreaterThan(3)
    // After some FINs, fetch itself retries silently.
    expect(report.retries).toBeLessThanOrEqual(met.size)
    expect(report.retries).toBeGreaterThan(3)
    expect(report.failed).toBe(0)
    expect(report.answeredAfterRetries).toBeGreaterThan(3)
    expect(report.answeredAtOnce + report.answeredAfterRetries).toBe(report.requests)
  })

  it('gives up after the second retry, and reports why', async () => {
    const report = await loaded({ every: 1, fault: ({ socket }) => void socket.resetAndDestroy() })
    expect([report.failed, report.retries]).toEqual([report.requests, 2 * report.requests])
    expect(report.errors[0]).toMatch(/^ECONNRESET at .*, after 2 retries$/)
  })

  it('does not retry a status that a retry cannot change', async () => {
    const report = await loaded({ every: 1, fault: (_, response) => void response.writeHead(404).end() })
    expect([report.failed, report.retries]).toEqual([report.requests, 0])
  })

  it('does not delay the end of a run', async () => {
    service = await startService({ every: 1, fault: () => undefined })
    const options = {
      request: { path: '/', status: 200 },
      rate: 50,
      seed: 1,
      requestIdHeader: 'X-Request-Id',
      runId: 'zd-test-retrying',
    }
    const retrying = startRetrying({ ...options, urls: [service.url], timeoutMs: 60_000 })
    await sleep(500)
    const { requests, unfinished } = await retrying.stop(100)
    expect(requests).toBeGreaterThan(5)
    expect(unfinished).toBe(requests)
  })

  it('is reported in one note, beside the verdict', () => {
    const latencyMs = { count: 99, p50: 1, p99: 210, max: 640.4 }
    const hidden = {
      requests: 100,
      answeredAtOnce: 90,
      answeredAfterRetries: 10,
      failed: 0,
      unfinished: 0,
      retries: 12,
      latencyMs,
    }
    expect(retryingNote({ ...record(), retrying: { ...hidden, errors: [] } })).toEqual([
      'Client that retries twice (not part of the verdict): of 100 requests 90 answered at once, 10 after a retry. ' +
        'No user saw an error; the slowest response took 640 ms.',
    ])
    expect(retryingNote({ ...record(), retrying: null })).toEqual([])
  })
})
