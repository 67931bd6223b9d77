import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { EventEmitter } from 'node:events'
import { constants } from 'node:http2'
import type { ClientHttp2Stream } from 'node:http2'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { getCACertificates, setDefaultCACertificates } from 'node:tls'
import { afterEach, describe, expect, it } from 'vitest'
import type { Outcome } from '../../../src/base/attempt.ts'
import { http2 } from '../../../src/clients/classes/http2.ts'
import { collect } from '../../../src/clients/http2/stream.ts'
import type { LedgerSummary } from '../../../src/ledger/ledger.ts'
import { answer, http2Profile, responseHead, startHttp2 } from '../../fixtures/http2-service.ts'
import type { Http2Options, Http2Service, StreamFault } from '../../fixtures/http2-service.ts'
import { load, WIDE } from '../../fixtures/load.ts'
import type { LoadedFor } from '../../fixtures/load.ts'
import { startService } from '../../fixtures/service.ts'

let service: Http2Service | undefined
afterEach(async () => {
  await service?.close()
  service = undefined
})

async function loaded(
  options: Http2Options,
  how: Partial<LoadedFor> = {},
): Promise<{ summary: LedgerSummary; service: Http2Service }> {
  const served = (service = await startHttp2(options))
  const enough = (attempts: number): boolean => (options.fault === undefined ? attempts > 100 : served.planted > 5)
  const settings = { url: served.url, clients: [http2], profile: http2Profile, rate: 100, enough, ...how }
  const { summary } = await load(settings)
  return { summary, service: served }
}

/** Sends half an answer, then the fault. */
const half =
  (then: (...args: Parameters<StreamFault>) => void): StreamFault =>
  (stream, headers, socket) => {
    stream.respond(responseHead(headers))
    stream.write('{')
    setTimeout(() => then(stream, headers, socket), 20)
  }

/** Faults of one stream. No other stream is affected. */
const STREAM_FAULTS: readonly [string, Outcome, StreamFault][] = [
  ['RST_STREAM with INTERNAL_ERROR', 'reset', (stream) => stream.close(constants.NGHTTP2_INTERNAL_ERROR)],
  ['RST_STREAM with CANCEL', 'reset', (stream) => stream.close(constants.NGHTTP2_CANCEL)],
  ['RST_STREAM inside a body', 'truncated', half((stream) => void stream.destroy(new Error('cut')))],
  [
    "another request's answer",
    'wrong-body',
    (stream, headers) => {
      stream.respond({ ...responseHead(headers), 'x-request-id': 'somebody-else' })
      stream.end('{}')
    },
  ],
  ['half of the JSON', 'wrong-body', half((stream) => void stream.end())],
  ['a 503', '5xx', (stream) => stream.respond({ ':status': 503 }, { endStream: true })],
]

/**
 * Faults of the connection: every stream in flight is a drop. Whether the client sees a FIN or an RST depends on the bytes that
 * were in transit.
 */
const CONNECTION_FAULTS: readonly [string, StreamFault][] = [
  ['FIN without GOAWAY', (_stream, _headers, socket) => void socket.end()],
  ['RST without GOAWAY', (_stream, _headers, socket) => void socket.resetAndDestroy()],
  [
    'FIN after a GOAWAY that promised the streams under way',
    (stream, _headers, socket) => {
      stream.session?.goaway(constants.NGHTTP2_NO_ERROR, stream.id)
      setTimeout(() => socket.destroy(), 20)
    },
  ],
  ['GOAWAY with INTERNAL_ERROR', (stream) => stream.session?.goaway(constants.NGHTTP2_INTERNAL_ERROR, stream.id)],
]

describe('HTTP/2 without a fault', () => {
  it('every stream is answered, on kept and on new connections', async () => {
    const { summary, service: served } = await loaded({}, { rate: 150, ms: 2_500 })
    expect(summary.attempts).toBeGreaterThan(100)
    expect(summary.outcomes.answered).toBe(summary.attempts)
    expect(served.seen).toHaveLength(summary.attempts)
    expect(served.sessions).toBeGreaterThan(3)
    // All but the first on each connection, and those sent before its answer arrived.
    expect(summary.pods['pod-1']?.lastFreshStartAt).not.toBeNull()
    expect(summary.pods['pod-1']?.lastReusedStartAt).not.toBeNull()
  })

  it('kept and short connections carry long requests', async () => {
    const long = new Map<number, number>()
    service = await startHttp2({
      every: 1,
      fault: (stream, headers, socket) => {
        const count = long.get(socket.remotePort ?? 0) ?? 0
        long.set(socket.remotePort ?? 0, count + (headers[':path'] === '/' ? 0 : 1))
        void answer(stream, headers)
      },
    })
    const enough = (): boolean => long.size > 4
    await load({ url: service.url, clients: [http2], profile: http2Profile, rate: 100, ms: 1_500, enough })
    expect(long.size).toBeGreaterThan(3)
    const [kept = 0, ...short] = [...long.values()]
    expect(kept).toBeGreaterThan(0)
    // The last one can be too young for a long request.
    expect(Math.min(...short.slice(0, -1))).toBeGreaterThan(0)
  })

  it('also with TLS and ALPN', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'zero-drop-tls-'))
    const [key, cert] = [join(folder, 'key.pem'), join(folder, 'cert.pem')]
    const names = ['-subj', '/CN=127.0.0.1', '-addext', 'subjectAltName=IP:127.0.0.1']
    execFileSync(
      'openssl',
      [
        'req',
        '-x509',
        '-newkey',
        'ec',
        '-pkeyopt',
        'ec_paramgen_curve:P-256',
        '-nodes',
        '-keyout',
        key,
        '-out',
        cert,
        ...names,
      ],
      { stdio: 'ignore' },
    )
    const tls = { key: readFileSync(key, 'utf8'), cert: readFileSync(cert, 'utf8') }
    rmSync(folder, { recursive: true })
    const before = getCACertificates('default')
    setDefaultCACertificates([...before, tls.cert])
    try {
      const { summary, service: served } = await loaded({ tls })
      expect(served.url).toMatch(/^https:/)
      expect(summary.attempts).toBeGreaterThan(100)
      expect(summary.outcomes.answered).toBe(summary.attempts)
    } finally {
      setDefaultCACertificates(before)
    }
    // Without trust in the certificate, the error says so.
    const { summary } = await load({ url: service?.url ?? '', clients: [http2], profile: http2Profile, rate: 20 })
    expect(summary.outcomes.unreachable).toBe(summary.attempts)
    expect(summary.failures[0]?.ending.detail).toMatch(/^TLS: .*certificate/)
  })

  it('after GOAWAY, streams in flight are answered, streams above the last id were not processed, and a new connection continues', async () => {
    const { summary, service: served } = await loaded(
      {
        every: 15,
        fault: (stream, headers) => {
          // The streams above this one get no answer, as if they were still in transit.
          stream.session?.goaway(constants.NGHTTP2_NO_ERROR, stream.id)
          setTimeout(() => void answer(stream, headers), 30)
        },
      },
      { rate: 200, ms: 2_000 },
    )
    // A session gets one GOAWAY, so the client has opened one connection after another.
    expect(served.planted).toBeGreaterThan(5)
    expect(summary.drops).toBe(0)
    expect(summary.outcomes.answered + summary.outcomes['not-processed']).toBe(summary.attempts)
  })

  it('streams that the server did not accept before its GOAWAY are not drops', async () => {
    let sent = 0
    const faulty: Http2Options = {
      every: 10,
      fault: (stream, headers) => {
        const { id = 0, session } = stream
        // There is no stream below the first one.
        if (id === 1) void answer(stream, headers)
        else {
          sent += 1
          session?.goaway(constants.NGHTTP2_NO_ERROR, id - 2)
        }
      },
    }
    const { summary } = await loaded(faulty, { enough: () => sent > 3 })
    expect(sent).toBeGreaterThan(3)
    expect(summary.outcomes['not-processed']).toBeGreaterThanOrEqual(sent)
    expect(summary.drops).toBe(0)
    expect(summary.failures[0]?.ending.detail).toMatch(/above GOAWAY's last/)
  })

  it('streams that the server refused are not drops', async () => {
    const { summary, service: served } = await loaded({
      fault: (stream) => stream.close(constants.NGHTTP2_REFUSED_STREAM),
    })
    expect(summary.outcomes['not-processed']).toBe(served.planted)
    expect(summary.outcomes.answered).toBe(summary.attempts - served.planted)
  })
})

describe('HTTP/2 with a fault', () => {
  it.each(STREAM_FAULTS)('%s is %s, and no other request fails', async (_, outcome, fault) => {
    const { summary, service: served } = await loaded({ fault })
    expect(served.planted).toBeGreaterThan(5)
    expect([summary.outcomes[outcome], summary.drops]).toEqual([served.planted, served.planted])
    expect(summary.outcomes.answered).toBe(summary.attempts - served.planted)
  })

  it.each(CONNECTION_FAULTS)('%s: streams in flight are drops', async (_, fault) => {
    const { summary, service: served } = await loaded({ fault, every: 20 })
    const { closed, reset, truncated, answered } = summary.outcomes
    expect(served.planted).toBeGreaterThan(3)
    expect(closed + reset + truncated).toBeGreaterThanOrEqual(served.planted)
    expect(summary.drops).toBe(closed + reset + truncated)
    expect(answered + summary.drops + summary.outcomes['not-processed']).toBe(summary.attempts)
  })

  it('RST_STREAM with NO_ERROR inside a body with a length is not an end', async () => {
    const { summary, service: served } = await loaded({
      fault: (stream, headers) => {
        stream.respond({ ...responseHead(headers), 'content-length': 2 })
        stream.write('{')
        setTimeout(() => stream.close(constants.NGHTTP2_NO_ERROR), 20)
      },
    })
    expect([summary.outcomes.truncated, summary.drops]).toEqual([served.planted, served.planted])
  })

  it('RST_STREAM with NO_ERROR, which Node reports as an end, is detected by Content-Length', () => {
    const stream = Object.assign(new EventEmitter(), { rstCode: 0, destroyed: false })
    const ends: string[] = []
    collect(stream as unknown as ClientHttp2Stream, {
      answered: () => ends.push('answered'),
      cut: (sawHead) => ends.push(`cut, ${sawHead}`),
    })
    stream.emit('response', { ':status': 200, 'content-length': '2' })
    stream.emit('data', Buffer.from('{'))
    stream.emit('end')
    stream.emit('close')
    expect(ends).toEqual(['cut, true'])
  })

  it('a missing answer is timed-out', async () => {
    const { summary, service: served } = await loaded(
      { fault: () => undefined },
      { limits: { ...WIDE, answerMs: 1_500 } },
    )
    expect([summary.outcomes['timed-out'], summary.drops]).toEqual([served.planted, served.planted])
  })

  it('a server that does not listen is refused', async () => {
    const gone = await startHttp2()
    await gone.close()
    const { summary } = await load({ url: gone.url, clients: [http2], profile: http2Profile, rate: 50 })
    expect(summary.attempts).toBeGreaterThan(20)
    expect(summary.outcomes.refused).toBe(summary.attempts)
  })

  it('a server that speaks only HTTP/1.1 is named as such', async () => {
    const other = await startService()
    const { summary } = await load({ url: other.url, clients: [http2], profile: http2Profile, rate: 50 })
    await other.close()
    expect(summary.attempts).toBeGreaterThan(20)
    expect(summary.failures[0]?.ending.detail).toMatch(/^not HTTP\/2/)
    expect(summary.outcomes['wrong-body']).toBe(summary.attempts)
  })
})
