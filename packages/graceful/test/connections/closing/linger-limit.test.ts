import { once } from 'node:events'
import { rmSync } from 'node:fs'
import { connect as connectHttp2 } from 'node:http2'
import { connect } from 'node:net'
import type { Readable } from 'node:stream'
import { connect as connectSecurely } from 'node:tls'
import { afterAll, describe, expect, test } from 'vitest'
import { Attacker, attacks } from '../../harness/attacks.js'
import { certificate } from '../../harness/certificate.js'
import { killServices, Service } from '../../harness/service.js'

const { folder, ...tls } = certificate()
afterAll(() => {
  killServices()
  rmSync(folder, { recursive: true })
})

/** The limits are 5 and 10 s. Only a connection that holds the exit to the deadline comes close to this. In ms. */
const BUDGET = 100_000

const transports = {
  http: { fixture: 'service.mjs', env: {}, client: {} },
  https: { fixture: 'service.mjs', env: tls, client: { tls: true } },
  h2c: { fixture: 'http2.mjs', env: {}, client: {} },
  h2: { fixture: 'http2.mjs', env: tls, client: { tls: true, alpn: 'h2' } },
  'web-socket': { fixture: 'web-socket.mjs', env: {}, client: {} },
} as const

describe.concurrent('a client to which nothing is owed does not hold the exit to the deadline', () => {
  test.each(attacks.map((attack) => [attack.over, attack.name, attack] as const))('%s: %s', async (over, _, attack) => {
    const { fixture, env, client } = transports[over]
    const service = await Service.start({
      fixture,
      env,
      options: { shutdownDelay: 300, timeout: BUDGET },
      hooks: [{ name: 'pool', timeout: 1_000 }],
    })
    const attacker = new Attacker(service, client)
    try {
      await attack.start(attacker)
      service.signal()
      expect(await service.exited).toEqual({ code: 0, signal: null })
      expect(service.report).toMatchObject({ outcome: 'graceful', forced: [], hooks: [{ outcome: 'done' }] })
      expect(service.report['durationMs']).toBeLessThan(BUDGET / 2)
    } finally {
      attacker.stop()
    }
  })
})

/** Starts requests for `bytes` bytes, and returns the stream that receives them. */
const downloads = {
  http: ({ port }: Service, bytes: number): Readable => {
    const socket = connect(port, '127.0.0.1')
    socket.write(`GET /large?bytes=${bytes} HTTP/1.1\r\nHost: fixture\r\n\r\n`)
    return socket
  },
  https: ({ port }: Service, bytes: number): Readable => {
    const socket = connectSecurely({ port, host: '127.0.0.1', rejectUnauthorized: false })
    socket.write(`GET /large?bytes=${bytes} HTTP/1.1\r\nHost: fixture\r\n\r\n`)
    return socket
  },
  h2c: ({ port }: Service, bytes: number): Readable =>
    connectHttp2(`http://127.0.0.1:${port}`).request({ ':path': `/large?bytes=${bytes}` }),
} as const

/** Reads at a rate in bytes per second. */
function readSlowly(readable: Readable, rate: number): { received: number; readonly ended: Promise<unknown> } {
  const reader = { received: 0, ended: once(readable, 'end') }
  const timer = setInterval(() => {
    const size = Math.min(rate / 10, readable.readableLength)
    // A stream with nothing to read needs one call to fetch more.
    const chunk = readable.read(size === 0 ? undefined : size) as Buffer | null
    reader.received += chunk?.length ?? 0
  }, 100)
  readable.on('error', () => {}).on('close', () => clearInterval(timer))
  return reader
}

// Other systems do not show what their kernel holds.
describe.runIf(process.platform === 'linux')('a client that reads slowly', { concurrent: true }, () => {
  test.each([
    ['http', 4_500_000, 250_000],
    ['https', 4_500_000, 250_000],
    ['h2c', 2_000_000, 120_000],
    // The kernel takes these at once.
    ['http', 1_500_000, 100_000],
    ['https', 1_500_000, 100_000],
  ] as const)('gets its whole response: %s, %d bytes at %d bytes per second', async (over, bytes, rate) => {
    const { fixture, env } = transports[over]
    const options = { shutdownDelay: 300, timeout: BUDGET }
    const service = await Service.start({ fixture, env, options, hooks: [{ name: 'pool', timeout: 500 }] })
    const reader = readSlowly(downloads[over](service, bytes), rate)
    await service.waitFor(({ handler }) => handler === `/large?bytes=${bytes}`)
    service.signal()
    expect(await service.exited).toEqual({ code: 0, signal: null })
    // The client's kernel holds the rest.
    expect(reader.received).toBeGreaterThan(bytes / 2)
    await reader.ended
    expect(reader.received).toBeGreaterThanOrEqual(bytes)
    expect(service.report).toMatchObject({ outcome: 'graceful', forced: [] })
  })
})
