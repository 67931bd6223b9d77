import { afterEach, describe, expect, it } from 'vitest'
import { pipelined } from '../../src/clients/classes/pipelined.ts'
import { load } from '../fixtures/load.ts'
import { startService } from '../fixtures/service.ts'
import type { Service, ServiceOptions } from '../fixtures/service.ts'

let service: Service | undefined
afterEach(async () => {
  await service?.close()
  service = undefined
})

/** After this many requests, Node answers with `Connection: close`, keeps the socket, and answers later requests with 503 and no handler. */
async function ofLimited(maxRequestsPerSocket: number, options: ServiceOptions = {}): Promise<Service> {
  service = await startService(options)
  service.server.maxRequestsPerSocket = maxRequestsPerSocket
  return service
}

describe('pipelined after a response with Connection: close', () => {
  it('a 503 without a handler is not a drop', async () => {
    const { url, seen } = await ofLimited(10)
    const { summary } = await load({ url, clients: [pipelined], rate: 150, enough: (attempts) => attempts > 100 })
    const { outcomes, attempts, drops, failures } = summary
    expect(outcomes['not-processed']).toBeGreaterThan(5)
    expect(drops).toBe(0)
    expect([outcomes.answered, outcomes.answered + outcomes['not-processed']]).toEqual([seen.length, attempts])
    expect(failures[0]?.ending).toMatchObject({
      status: 503,
      detail: expect.stringMatching(/^after a response with Connection: close, status 503 instead of 200/) as string,
    })
  })

  it('a 503 that carries Connection: close itself, or an earlier one, is a drop', async () => {
    const { url } = await ofLimited(0, {
      every: 5,
      fault: (_, response) => void response.writeHead(503, { Connection: 'close' }).end('{}'),
    })
    const enough = (): boolean => service!.planted > 5
    const { summary } = await load({ url, clients: [pipelined], rate: 150, enough })
    expect(service?.planted).toBeGreaterThan(5)
    expect([summary.outcomes['5xx'], summary.drops]).toEqual([service?.planted, service?.planted])
  })
})
