import type { IncomingHttpHeaders, ServerHttp2Stream } from 'node:http2'
import { afterEach, describe, expect, it } from 'vitest'
import type { ClientClass } from '../../src/clients/client.ts'
import { http2 } from '../../src/clients/classes/http2.ts'
import { stream } from '../../src/clients/classes/stream.ts'
import type { LedgerSummary } from '../../src/ledger/ledger.ts'
import { preflight } from '../../src/proof/preflight.ts'
import type { Profile } from '../../src/inputs/profile/profile.ts'
import { http2Profile, responseHead, startHttp2 } from '../fixtures/http2-service.ts'
import { load, WIDE } from '../fixtures/load.ts'
import { profile, startService } from '../fixtures/service.ts'

let close: () => Promise<void>
afterEach(() => close())

/** Longer than the part of a body that is kept. Chunks split multi-byte characters. */
const LINE = `${'—'.repeat(40_000)}\n`
const LINES = 10

const profileOf = (base: Profile): Profile => ({
  ...base,
  paths: {
    read: base.paths.read,
    stream: { path: '/stream', status: 200, chunks: { min: LINES, max: LINES }, every: 1, lastLine: 'end' },
  },
})

const HEAD = { 'Content-Type': 'text/plain' }

/** Serves a stream for each request of one protocol. */
const PROTOCOLS: readonly [
  string,
  (body: string) => Promise<{ url: string; client: ClientClass; profile: Profile }>,
][] = [
  [
    'HTTP/1.1',
    async (body) => {
      const service = await startService({
        every: 1,
        fault: (_, response) => void response.writeHead(200, HEAD).end(body),
      })
      close = () => service.close()
      return { url: service.url, client: stream, profile: profileOf(profile) }
    },
  ],
  [
    'HTTP/2',
    async (body) => {
      const fault = (out: ServerHttp2Stream, headers: IncomingHttpHeaders): void => {
        out.respond(responseHead(headers))
        out.end(headers[':path'] === '/stream' ? body : '{}')
      }
      const service = await startHttp2({ every: 1, fault })
      close = () => service.close()
      return { url: service.url, client: http2, profile: profileOf(http2Profile) }
    },
  ],
]

async function streams(how: (typeof PROTOCOLS)[number][1], body: string): Promise<LedgerSummary> {
  const { client, ...rest } = await how(body)
  const { summary } = await load({ ...rest, clients: [client], rate: 40 })
  expect(summary.attempts).toBeGreaterThan(10)
  return summary
}

describe.each(PROTOCOLS)('streams of several megabytes over %s', (_, how) => {
  it('are read up to their last line', async () => {
    const summary = await streams(how, `${LINE.repeat(LINES)}end\n`)
    expect(summary.failures.map(({ ending }) => ending.detail)).toEqual([])
    expect(summary.outcomes.answered).toBe(summary.attempts)
  })

  it.each([
    ['without their last line', LINE.repeat(LINES), /^the stream's last line is /],
    ['with one line missing', `${LINE.repeat(LINES - 1)}end\n`, /^the stream has 9 of 10 lines$/],
  ])('%s are detected', async (_what, body, detail) => {
    const { failures } = await streams(how, body)
    expect(failures.filter(({ ending }) => detail.test(ending.detail ?? '')).length).toBeGreaterThan(0)
  })
})

describe('a stream that preflight requests again', () => {
  it('is checked against its own lines', async () => {
    let asked = 0
    const service = await startService({
      every: 1,
      fault: ({ url }, response) => {
        if (url === '/stream') asked += 1
        response.writeHead(url === '/stream' && asked === 1 ? 503 : 200, HEAD)
        response.end(url === '/stream' ? '0\nend\n' : '{}')
      },
    })
    close = () => service.close()
    const { paths } = profileOf(profile)
    const one = {
      ...profile,
      paths: {
        ...paths,
        stream: { path: '/stream', status: 200, chunks: { min: 1, max: 1 }, every: 1, lastLine: 'end' },
      },
    }
    const signal = new AbortController().signal
    await preflight({ urls: [service.url], clients: [stream], profile: one, limits: WIDE, signal })
    expect(asked).toBe(2)
  })
})
