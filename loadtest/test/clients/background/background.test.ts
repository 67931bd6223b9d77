import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { startBackground } from '../../../dist/clients/background/background.js'
import type { BackgroundReport } from '../../../dist/clients/background/report.js'
import { RequestBook } from '../../../src/clients/background/request-book.ts'
import { startService } from '../../fixtures/service.ts'
import type { Service, ServiceOptions } from '../../fixtures/service.ts'

let service: Service | undefined
afterEach(async () => {
  await service?.close()
  service = undefined
})

/** Runs load until the service has received this many requests, and for `ms` after that. */
async function loaded(options: ServiceOptions, requests = 40, ms = 0): Promise<BackgroundReport> {
  const started = await startService(options)
  service = started
  const background = startBackground({
    urls: [started.url],
    request: { path: '/' },
    rate: 20,
    requestIdHeader: 'X-Request-Id',
    runId: 'zd-test',
    timeoutMs: 60_000,
  })
  await vi.waitUntil(() => started.seen.length >= requests, { timeout: 60_000 })
  await sleep(ms)
  return background.stop()
}

/** Counts the faults in the first `issued` requests. Autocannon sends a few more after the report is closed. */
function plantedAmong(issued: number, every: number): number {
  return (service?.seen ?? []).filter((id, index) => (index + 1) % every === 0 && numberOf(id) < issued).length
}

const numberOf = (id: string): number => Number.parseInt(id.replace('zd-test-bg-', ''), 36)

describe('background load by autocannon', () => {
  it('acknowledges each request to a service without fault by its id', async () => {
    const report = await loaded({})
    expect(report).toMatchObject({ lost: 0, lostAfterClose: 0, unexpectedStatus: 0, crashed: null })
    expect(report.issued).toBeGreaterThan(20)
    expect(report.acknowledged + report.unfinished).toBe(report.issued)
    expect(service?.seen.length).toBeGreaterThanOrEqual(report.issued)
  })

  it('counts requests lost by a FIN, which autocannon itself does not see', async () => {
    const report = await loaded({ fault: ({ socket }) => void socket.end(), every: 10 })
    expect(report.lost).toBeGreaterThan(0)
    expect(report.lost + report.unfinished).toBeGreaterThanOrEqual(plantedAmong(report.issued, 10))
    expect(report.acknowledged + report.lost + report.lostAfterClose + report.unfinished).toBe(report.issued)
    expect(report.autocannon).toMatchObject({ errors: 0, timeouts: 0 })
  })

  it('counts requests written after Connection: close as lost by autocannon, not by the service', async () => {
    const report = await loaded({
      fault: (_, response) => void response.setHeader('Connection', 'close').end('{}'),
      every: 3,
    })
    expect(report.lost).toBe(0)
    expect(report.acknowledged + report.lostAfterClose + report.unfinished).toBe(report.issued)
  })

  it('survives a service that answers twice, which makes autocannon throw', async () => {
    const text = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}'
    const report = await loaded({ fault: ({ socket }) => void socket.write(text + text + text), every: 5 }, 5, 1_000)
    expect(report.crashed).toMatch(/TypeError/)
  })
})

describe('the request book', () => {
  it('counts the last request of a client as unfinished, and an earlier one as lost', () => {
    const book = new RequestBook('zd-test')
    const client = book.client('http://x')
    client.acknowledge({ status: 200, id: client.issue(), closes: false })
    client.issue()
    client.issue()
    const inFlight = new Set([client.inFlight() ?? ''])
    expect(book.result(inFlight)).toMatchObject({ issued: 3, acknowledged: 1, lost: 1, unfinished: 1 })
  })

  it('does not blame autocannon for a loss on the connection after the closing one', () => {
    const book = new RequestBook('zd-test')
    let connection = {}
    const client = book.client('http://x', () => connection)
    client.acknowledge({ status: 200, id: client.issue(), closes: true })
    connection = {}
    client.issue()
    client.acknowledge({ status: 200, id: client.issue(), closes: false })
    expect(book.result(new Set())).toMatchObject({ acknowledged: 2, lost: 1, lostAfterClose: 0 })
  })

  it('counts a request written after Connection: close separately', () => {
    const book = new RequestBook('zd-test')
    const client = book.client('http://x')
    client.acknowledge({ status: 200, id: client.issue(), closes: true })
    client.issue()
    client.acknowledge({ status: 503, id: client.issue(), closes: false })
    expect(book.result(new Set())).toMatchObject({
      acknowledged: 2,
      unexpectedStatus: 1,
      lostAfterClose: 1,
      lost: 0,
    })
  })
})
