import { once } from 'node:events'
import { createServer, get, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Registry as NextRegistry } from '@prometheus-io/client'
import { Registry } from 'prom-client'
import { afterEach, describe, expect, test } from 'vitest'
import { createGraceful } from '../../src/index.js'
import type { MetricsRegistry } from '../../src/types.js'

const servers: Server[] = []
afterEach(() => {
  for (const server of servers.splice(0)) {
    server.close()
    server.closeAllConnections()
  }
})

const options = {
  admin: false,
  logger: false,
  signals: [],
  shutdownOnCrash: false,
  exit: false,
  shutdownDelay: 10,
} as const

/** Attaches the library to a new server that never answers. */
async function attach(registry: MetricsRegistry) {
  const server = createServer(() => {}).listen(0, '127.0.0.1')
  servers.push(server)
  await once(server, 'listening')
  return { server, graceful: createGraceful(server, { ...options, timeout: 100, metrics: { registry } }) }
}

async function sendRequest(server: Server): Promise<void> {
  const received = once(server, 'request')
  get({ port: (server.address() as AddressInfo).port, host: '127.0.0.1', agent: false }).on('error', () => {})
  await received
}

describe.each([
  ['prom-client', Registry],
  ['@prometheus-io/client', NextRegistry],
])('a registry of %s that two attachments share', (_, Implementation) => {
  test('adds up the numbers of both, and keeps its metrics until the last one is removed', async () => {
    const registry = new Implementation() as unknown as MetricsRegistry & { clear(): void }
    const [first, second] = [await attach(registry), await attach(registry)]
    for (const server of [first.server, second.server, second.server]) await sendRequest(server)
    const lines = async () => (await registry.metrics()).split('\n').filter((line) => !line.startsWith('#'))
    expect(await lines()).toEqual(
      expect.arrayContaining([
        'graceful_connections{kind="http1",phase="request"} 3',
        'graceful_requests_in_flight 3',
        'graceful_state{state="ready"} 2',
      ]),
    )

    await first.graceful.shutdown()
    expect(await lines()).toEqual(
      expect.arrayContaining([
        'graceful_requests_in_flight 2',
        'graceful_state{state="ready"} 1',
        'graceful_state{state="terminated"} 1',
        'graceful_forced_closes_total 1',
      ]),
    )

    first.graceful.uninstall()
    expect(await lines()).toEqual(
      expect.arrayContaining(['graceful_state{state="terminated"} 0', 'graceful_forced_closes_total 0']),
    )
    second.graceful.uninstall()
    expect(await registry.metrics()).not.toContain('graceful_')
  })

  test('gets the metrics again from an attachment after its clear()', async () => {
    const registry = new Implementation() as unknown as MetricsRegistry & { clear(): void }
    const first = await attach(registry)
    registry.clear()
    const second = await attach(registry)
    expect(await registry.metrics()).toContain('graceful_state{state="ready"} 2')
    first.graceful.uninstall()
    second.graceful.uninstall()
  })
})
