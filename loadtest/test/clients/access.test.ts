import { connect, createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { createServer as createHttpServer } from 'node:http'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest'
import { startBackground } from '../../dist/clients/background/background.js'
import type { Access } from '../../src/base/wire/access.ts'
import { CLIENT_CLASSES } from '../../src/clients/index.ts'
import { keepAlive } from '../../src/clients/classes/keep-alive.ts'
import { startRetrying } from '../../src/clients/retrying/retrying.ts'
import { parseProfile } from '../../src/inputs/profile/read-profile.ts'
import { preflight } from '../../src/proof/preflight.ts'
import { assertUrlsAnswer, whyNoAnswer } from '../../src/targets/reachable.ts'
import { createAuthority, createCertificate } from '../fixtures/certificates.ts'
import type { Certificate } from '../fixtures/certificates.ts'
import { http2Profile } from '../fixtures/http2-service.ts'
import { load, WIDE } from '../fixtures/load.ts'
import { startSecure } from '../fixtures/secure-service.ts'
import type { SecureOptions, SecureService } from '../fixtures/secure-service.ts'
import { profile, startService } from '../fixtures/service.ts'

let folder: string
let authority: Certificate
let server: Certificate
let client: Certificate
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'zero-drop-access-'))
  authority = createAuthority(folder)
  server = createCertificate(folder, authority, { name: 'server', names: 'DNS:shop.example.com,IP:127.0.0.1' })
  client = createCertificate(folder, authority, { name: 'client', names: 'DNS:client' })
})
afterAll(() => rmSync(folder, { recursive: true }))

async function start(options: Partial<SecureOptions> = {}): Promise<SecureService> {
  const service = await startSecure({ cert: server.cert, key: server.key, ...options })
  onTestFinished(() => service.close())
  return service
}

const headers: Access['headers'] = [
  ['Authorization', 'Bearer open-sesame'],
  ['X-Tenant', 'blue'],
  ['User-Agent', 'shopper'],
  ['Host', 'shop.example.com'],
]
const trusting = (): Access => ({
  headers,
  tls: { ca: authority.cert, cert: client.cert, key: client.key, serverName: 'shop.example.com' },
})

describe('headers and TLS', () => {
  it.each(CLIENT_CLASSES.map((one) => [one.name, one] as const))(
    '%s sends the headers with every request, over TLS with a client certificate',
    async (_, one) => {
      const { url, heads } = await start({ clientCa: authority.cert, authorization: 'Bearer open-sesame' })
      const options = { url, clients: [one], profile: http2Profile, rate: 60, ms: 500 }
      const { summary } = await load({ ...options, access: trusting() })
      expect(summary.attempts).toBeGreaterThan(3)
      expect(summary.outcomes.answered).toBe(summary.attempts)
      for (const head of heads) {
        expect(head).toMatchObject({ authorization: 'Bearer open-sesame', 'x-tenant': 'blue', 'user-agent': 'shopper' })
        expect(head[':authority'] ?? head['host']).toBe('shop.example.com')
      }
    },
  )

  it('the client that retries and autocannon send them, too', async () => {
    const { url, heads } = await start({ clientCa: authority.cert, authorization: 'Bearer open-sesame' })
    const request = { path: '/', status: 200 }
    const common = { urls: [url], request, requestIdHeader: 'X-Request-Id', timeoutMs: 60_000, access: trusting() }
    const retrying = startRetrying({ ...common, rate: 30, seed: 1, runId: 'zd-retrying' })
    const background = startBackground({ ...common, rate: 20, runId: 'zd-background' })
    const sent = (id: string): number => heads.filter((head) => String(head['x-request-id']).startsWith(id)).length
    await vi.waitUntil(() => sent('zd-retrying') > 10 && sent('zd-background') > 10, { timeout: 60_000 })
    const [noticed, added] = await Promise.all([retrying.stop(60_000), background.stop()])
    expect([noticed.answeredAtOnce, noticed.errors]).toEqual([noticed.requests, []])
    expect([added.crashed, added.lost, added.unexpectedStatus]).toEqual([null, 0, 0])
    for (const head of heads) {
      expect(head).toMatchObject({ authorization: 'Bearer open-sesame', 'x-tenant': 'blue' })
      expect(head['host']).toBe('shop.example.com')
    }
  })

  it('a request of the profile has its own method, headers and body', async () => {
    const bodies: string[] = []
    const asked = createHttpServer((request, response) => {
      let body = ''
      request.on('data', (bytes: Buffer) => void (body += bytes.toString()))
      request.on('end', () => {
        const { method, headers: sent } = request
        const parts = [method, sent['content-type'], sent['x-tenant'], body].map(String)
        bodies.push(parts.join(' ').replace(String(sent['x-request-id']), '<id>'))
        response.end('{}')
      })
    })
    await new Promise<void>((resolve) => void asked.listen(0, '127.0.0.1', resolve))
    onTestFinished(() => void asked.close())
    const url = `http://127.0.0.1:${(asked.address() as AddressInfo).port}`
    writeFileSync(join(folder, 'query.json'), '{"query":"${QUERY}","id":"{id}"}')
    vi.stubEnv('QUERY', 'ping')
    onTestFinished(() => void vi.unstubAllEnvs())
    const asking = parseProfile(
      "headers: { X-Tenant: blue }\npaths: { read: { path: /graphql, method: POST, headers: { X-Tenant: red }, body: '@query.json' } }",
      join(folder, 'zero-drop.yaml'),
    )
    const access: Access = { headers: asking.headers ?? [], tls: {} }
    const common = {
      urls: [url],
      request: asking.paths.read,
      requestIdHeader: 'X-Request-Id',
      timeoutMs: 60_000,
      access,
    }
    const retrying = startRetrying({ ...common, rate: 20, seed: 1, runId: 'zd-retrying' })
    const background = startBackground({ ...common, rate: 20, runId: 'zd-background' })
    const { summary } = await load({ url, clients: [keepAlive], profile: asking, rate: 50, ms: 600, access })
    await Promise.all([retrying.stop(60_000), background.stop()])
    asked.closeAllConnections()
    expect(summary.outcomes.answered).toBe(summary.attempts)
    expect(new Set(bodies)).toEqual(new Set(['POST application/json red {"query":"ping","id":"<id>"}']))
  })

  it('a header of an event stream is not replaced by one of the user', async () => {
    const { url, heads } = await start()
    const events = CLIENT_CLASSES.filter(({ name }) => name === 'events')
    const access: Access = { headers: [['accept', 'text/html']], tls: { insecure: true } }
    await load({ url, clients: events, rate: 60, ms: 500, access })
    expect(new Set(heads.map((head) => head['accept']))).toEqual(new Set(['text/event-stream']))
  })
})

describe('a TLS handshake that the server ends', () => {
  it.each(['closed', 'reset'] as const)('is %s, and not a fault of the certificate', async (how) => {
    const broken = createServer((socket) => {
      socket.on('error', () => undefined)
      socket.once('data', () => (how === 'closed' ? socket.end() : socket.resetAndDestroy()))
    })
    await new Promise<void>((resolve) => void broken.listen(0, '127.0.0.1', resolve))
    const url = `https://127.0.0.1:${(broken.address() as AddressInfo).port}`
    const { summary } = await load({ url, clients: [keepAlive], rate: 50, ms: 300 })
    broken.close()
    expect(summary.attempts).toBeGreaterThan(3)
    expect([summary.outcomes[how], summary.drops]).toEqual([summary.attempts, summary.attempts])
  })
})

/** Checks a URL before the load. Returns the error. */
async function problemOf(url: string, tls: Access['tls'], patienceMs = 60_000): Promise<string> {
  const signal = new AbortController().signal
  const access = { headers: [], tls }
  const found = preflight({ urls: [url], access, profile, clients: [keepAlive], limits: WIDE, signal, patienceMs })
  const message = await found.then(
    () => 'none',
    (error: unknown) => (error as Error).message,
  )
  return message.replace(url, 'URL')
}

describe('a certificate that cannot be used is one error before the load', () => {
  it.each<[string, () => Partial<SecureOptions>, () => Access['tls'], RegExp | string]>([
    ['no fault', () => ({}), () => ({ ca: authority.cert }), 'none'],
    ['--insecure', () => ({}), () => ({ insecure: true }), 'none'],
    [
      'unknown authority',
      () => ({}),
      () => ({}),
      /^URL: its certificate is not trusted \(UNABLE_TO_VERIFY_LEAF_SIGNATURE\): name its certificate authority with --ca FILE, or accept every certificate with --insecure$/,
    ],
    [
      'expired',
      () => createCertificate(folder, authority, { name: 'old', names: 'IP:127.0.0.1', days: -1 }),
      () => ({ ca: authority.cert }),
      'URL: its certificate has expired (CERT_HAS_EXPIRED): renew it, or accept every certificate with --insecure',
    ],
    [
      'wrong host',
      () => createCertificate(folder, authority, { name: 'other', names: 'DNS:other.example.com' }),
      () => ({ ca: authority.cert }),
      /^URL: its certificate is for another name \(IP: 127\.0\.0\.1 is not in the cert's list:\): use that name in the URL, or give it with --tls-server-name$/,
    ],
    [
      'no client certificate',
      () => ({ clientCa: authority.cert }),
      () => ({ ca: authority.cert }),
      /^URL: it refuses this client in the TLS handshake \(.*\): give the client a certificate with --cert and --key$/,
    ],
  ])('%s', async (_, options, tls, expected) => {
    const { url } = await start(options())
    const [before, reached] = await Promise.all([
      problemOf(url, tls()),
      whyNoAnswer(url, 10_000, { headers, tls: tls() }),
    ])
    expect(before).toMatch(expected)
    // The look at a URL before anything is changed says the same.
    expect(`URL: ${reached}`).toBe(before === 'none' ? 'URL: undefined' : before)
  })

  it('of several URLs is one sentence; a refused token names --header', async () => {
    const { url } = await start({ authorization: 'Bearer open-sesame' })
    await expect(assertUrlsAnswer([url, `${url}/`])).rejects.toThrow(
      `${url}, ${url}/: its certificate is not trusted (UNABLE_TO_VERIFY_LEAF_SIGNATURE): name its certificate authority`,
    )
    expect(await problemOf(url, { ca: authority.cert })).toMatch(
      /^GET \/ at URL: status 401 instead of 200: no access for nobody; give the credentials with --header, as in --header 'Authorization: Bearer \$\{TOKEN\}'$/,
    )
  })

  it('names the name to ask for', async () => {
    const { url } = await start(createCertificate(folder, authority, { name: 'named', names: 'DNS:named.example.com' }))
    expect(await problemOf(url, { ca: authority.cert, serverName: 'named.example.com' })).toBe('none')
  })

  it('a service without TLS, and one with TLS, are named as such', async () => {
    const plain = await startService()
    const { url } = await start()
    const problems = [
      await problemOf(plain.url.replace('http:', 'https:'), {}),
      await problemOf(url.replace('https:', 'http:'), {}, 100),
    ]
    await plain.close()
    expect(problems[0]).toBe('URL: it does not speak TLS: write http:// instead of https://, or name its TLS port')
    expect(problems[1]).toMatch(/^no service answers at URL: .*https:\/\//)
  })

  it('passes when the service ends only the first handshakes', async () => {
    let handshakes = 0
    const { url } = await start()
    const target = Number(new URL(url).port)
    const gate = createServer((socket) => {
      socket.on('error', () => undefined)
      handshakes += 1
      if (handshakes < 3) {
        socket.once('data', () => socket.resetAndDestroy())
        return
      }
      const inner = connect(target, '127.0.0.1')
      inner.on('error', () => undefined)
      socket.pipe(inner).pipe(socket)
    })
    await new Promise<void>((resolve) => void gate.listen(0, '127.0.0.1', resolve))
    const through = `https://127.0.0.1:${(gate.address() as AddressInfo).port}`
    const problem = await problemOf(through, { insecure: true })
    gate.close()
    await sleep(0)
    expect(problem).toBe('none')
    expect(handshakes).toBeGreaterThanOrEqual(3)
  })
})
