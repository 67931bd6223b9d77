import dns from 'node:dns'
import { once } from 'node:events'
import { createServer } from 'node:net'
import type { Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { CLIENT_CLASSES } from '../../../../src/clients/index.ts'
import { newConnection } from '../../../../src/clients/classes/new-connection.ts'
import { openSocket, parseOrigin } from '../../../../src/base/wire/http1/origin.ts'
import { Ledger } from '../../../../src/ledger/ledger.ts'
import type { LedgerSummary } from '../../../../src/ledger/ledger.ts'
import { startLoad } from '../../../../src/clients/load.ts'
import { preflight } from '../../../../src/proof/preflight.ts'
import { WIDE } from '../../../fixtures/load.ts'
import { profile, startService } from '../../../fixtures/service.ts'
import type { Service } from '../../../fixtures/service.ts'

const NAME = 'twofold.test'
/** The answer of the resolver for that name. */
let answer: readonly string[] | NodeJS.ErrnoException = []
let service: Service
let url = ''
const hosts: unknown[] = []

beforeEach(async () => {
  hosts.length = 0
  service = await startService()
  service.server.on('request', ({ headers }) => void hosts.push(headers.host))
  url = `http://${NAME}:${new URL(service.url).port}`
  vi.spyOn(dns, 'lookup').mockImplementation(((
    name: string,
    options: dns.LookupOptions,
    done: (...got: unknown[]) => void,
  ) => {
    const all = [name === NAME ? answer : name].flat().map((address) => ({ address, family: 4 }))
    if (name === NAME && answer instanceof Error) done(answer)
    else if (options.all) done(null, all)
    else done(null, all[0]?.address, 4)
  }) as typeof dns.lookup)
})
afterEach(async () => {
  vi.restoreAllMocks()
  await service.close()
})

/** Like a run: preflight, then `before`, then load. */
async function underLoad(before: () => unknown): Promise<LedgerSummary> {
  const clients = CLIENT_CLASSES.filter((client) => client.supports(profile))
  const options = { urls: [url], clients, profile, limits: WIDE }
  const addresses = await preflight({ ...options, signal: new AbortController().signal })
  await before()
  const ledger = new Ledger('zd-test')
  const load = startLoad({ ...options, addresses, rate: 100, seed: 1, ledger })
  await sleep(1_000)
  load.stop()
  await load.drain(15_000)
  return ledger.summary()
}

/** Starts a server on the other address too, which counts requests of a second try. */
async function listenAt(host: string): Promise<{ taken: () => number; close: () => void }> {
  const sockets: Socket[] = []
  const server = createServer((socket) => void sockets.push(socket.on('error', () => undefined)))
  server.listen(Number(new URL(url).port), host)
  await once(server, 'listening')
  const close = (): void => {
    for (const socket of sockets) socket.destroy()
    server.close()
  }
  return { taken: () => sockets.length, close }
}

describe('a name with several addresses', () => {
  it('works if only a later address answers, and keeps the name in Host', async () => {
    answer = ['127.0.0.2', '127.0.0.1']
    const summary = await underLoad(() => undefined)
    expect(summary.attempts).toBeGreaterThan(50)
    expect(summary.outcomes.answered).toBe(summary.attempts)
    expect(new Set(hosts)).toEqual(new Set([new URL(url).host]))
  })

  it('works if the resolver fails during a run', async () => {
    answer = ['127.0.0.1']
    const summary = await underLoad(() => void (answer = Object.assign(new Error('EAI_AGAIN'), { code: 'EAI_AGAIN' })))
    expect(summary.attempts).toBeGreaterThan(50)
    expect(summary.outcomes.answered).toBe(summary.attempts)
  })

  it('does not hide a refusal by trying the next address', async () => {
    answer = ['127.0.0.1', '127.0.0.2']
    const other = await listenAt('127.0.0.2')
    const summary = await underLoad(() => service.close())
    const taken = other.taken()
    other.close()
    expect(summary.attempts).toBeGreaterThan(50)
    expect([summary.outcomes.refused, taken]).toEqual([summary.attempts, 0])
  })

  it('is not tried address by address, even if none was resolved before', async () => {
    answer = ['127.0.0.2', '127.0.0.1']
    const socket = openSocket(parseOrigin(url))
    expect(await once(socket, 'connect').catch(({ code }: NodeJS.ErrnoException) => code)).toBe('ECONNREFUSED')
  })
})

const check = (patienceMs: number): Promise<unknown> =>
  preflight({
    urls: [url],
    clients: [newConnection],
    profile,
    limits: WIDE,
    signal: new AbortController().signal,
    patienceMs,
  })

describe('a name without a usable address', () => {
  it.each([
    ['ENOTFOUND', /ENOTFOUND while connecting/],
    ['EAI_AGAIN', /EAI_AGAIN while connecting: this machine had no response from its DNS server/],
  ])('is an error before the load: %s', async (code, message) => {
    answer = Object.assign(new Error(code), { code })
    await expect(check(300)).rejects.toThrow(message)
  })

  it('is an error before the load if no address accepts connections', async () => {
    answer = ['127.0.0.2', '127.0.0.3']
    await expect(check(300)).rejects.toThrow(
      `no service answers at ${url}: connection refused; pass its address with --url`,
    )
  })
})
