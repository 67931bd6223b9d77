import { once } from 'node:events'
import { createServer, type ServerResponse } from 'node:http'
import { connect, type AddressInfo } from 'node:net'
import { Registry } from 'prom-client'
import { expect, test } from 'vitest'
import { createGraceful } from '../../../src/index.js'

test('a forced close is counted before its socket closes and before the state is terminated', async () => {
  const registry = new Registry()
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const graceful = createGraceful(server, {
    admin: false,
    logger: false,
    signals: [],
    shutdownOnCrash: false,
    exit: false,
    shutdownDelay: 0,
    timeout: 500,
    metrics: { registry },
  })
  const seen: Promise<string>[] = []
  graceful.onState((state) => {
    if (state === 'draining' || state === 'terminated') seen.push(registry.metrics())
  })
  const client = connect((server.address() as AddressInfo).port, '127.0.0.1')
  client.on('error', () => {})
  client.write('GET /hang HTTP/1.1\r\nHost: fixture\r\n\r\n')
  const [, response] = (await once(server, 'request')) as [unknown, ServerResponse]
  response.once('close', () => seen.push(registry.metrics()))

  expect((await graceful.shutdown()).forced).toHaveLength(1)
  const counts = (await Promise.all(seen)).map((text) => /^graceful_forced_closes_total (\d+)$/m.exec(text)?.[1])
  expect(counts).toEqual(['0', '1', '1'])
  client.destroy()
  graceful.uninstall()
})
