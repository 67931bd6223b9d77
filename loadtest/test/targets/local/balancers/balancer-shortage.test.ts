import type { NetConnectOpts, Socket } from 'node:net'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { newConnection } from '../../../../src/clients/classes/new-connection.ts'
import { Ledger } from '../../../../src/ledger/ledger.ts'
import { startLoad } from '../../../../src/clients/load.ts'
import { createRandom } from '../../../../src/base/random.ts'
import { createRefusals } from '../../../../src/ledger/refusals.ts'
import { createBalancer } from '../../../../src/targets/local/balancers/balancer.ts'
import type { Balancer } from '../../../../src/targets/local/balancers/balancer.ts'
import { WIDE } from '../../../fixtures/load.ts'
import { profile, startService } from '../../../fixtures/service.ts'
import type { Service } from '../../../fixtures/service.ts'

const boundary = vi.hoisted(() => ({ withoutPorts: undefined as number | undefined }))
vi.mock('node:net', async (original) => {
  const real = await original<typeof import('node:net')>()
  // For an address of another machine the kernel returns the same error as for exhausted ports.
  const connect = (options: NetConnectOpts & { port?: number }): Socket =>
    real.connect(options.port === boundary.withoutPorts ? { ...options, localAddress: '192.0.2.1' } : options)
  return { ...real, connect }
})

let service: Service | undefined
let balancer: Balancer | undefined
afterEach(async () => {
  boundary.withoutPorts = undefined
  await balancer?.close()
  await service?.close()
})

describe('a load balancer of the local target', () => {
  it('without a free port for a connection to a healthy pod is a fault of the harness, not a refusal', async () => {
    const refusals = createRefusals()
    service = await startService()
    const port = Number(new URL(service.url).port)
    balancer = await createBalancer(createRandom(1), {
      address: '127.0.0.1',
      onRefused: (connection) => refusals.add(connection),
    })
    balancer.route([{ pod: 'pod-1', port, ready: true, serving: true, terminating: false }])
    boundary.withoutPorts = port
    const ledger = new Ledger('zd-test')
    const clients = [newConnection]
    const load = startLoad({ urls: [balancer.url], clients, profile, rate: 60, seed: 1, limits: WIDE, ledger })
    await expect.poll(() => ledger.totals.attempts).toBeGreaterThan(20)
    load.stop()
    await load.drain(15_000)
    const evidence = { serverLog: { of: () => undefined, summary: () => undefined }, refusals }
    const { outcomes, attempts, drops, failures } = ledger.summary(evidence)
    expect([outcomes['harness-fault'], drops]).toEqual([attempts, 0])
    expect(failures[0]?.refusal).toMatchObject({ pod: 'pod-1', code: 'EADDRNOTAVAIL' })
  })
})
