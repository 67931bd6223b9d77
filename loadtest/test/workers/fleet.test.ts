import type { IncomingMessage, ServerResponse } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, describe, expect, it } from 'vitest'
import { PLAIN } from '../../src/base/wire/access.ts'
import { UsageError } from '../../src/base/errors.ts'
import { CLIENT_CLASSES } from '../../src/clients/index.ts'
import { Ledger } from '../../src/ledger/ledger.ts'
import type { DeployedLoad, DeployOptions } from '../../src/proof/load-source.ts'
import { createFleet } from '../../src/workers/fleet.ts'
import { doubtsAboutHarness } from '../../src/verdict/doubts.ts'
import { ProcessHost } from '../fixtures/process-host.ts'
import { record } from '../fixtures/record.ts'
import { profile, startService } from '../fixtures/service.ts'
import type { Fault, Service } from '../fixtures/service.ts'
import { WIDE } from '../fixtures/load.ts'

const services: Service[] = []
const deployed: DeployedLoad[] = []
afterAll(async () => {
  await Promise.all(deployed.splice(0).map((load) => load.remove()))
  await Promise.all(services.splice(0).map((service) => service.close()))
})

async function serve(fault?: Fault): Promise<Service> {
  const started = await startService(fault ? { fault, every: 5 } : {})
  services.push(started)
  return started
}

function options(url: string, ledger: Ledger, changes: Partial<DeployOptions> = {}): DeployOptions {
  const { signal } = new AbortController()
  return {
    runId: 'zd-fleet',
    urls: [url],
    access: { ...PLAIN, headers: [['X-Token', 'of-the-user']] },
    profile,
    clients: CLIENT_CLASSES,
    rate: 200,
    seed: 1,
    limits: WIDE,
    ledger,
    signal,
    ...changes,
  }
}

interface Sent {
  readonly ledger: Ledger
  readonly host: ProcessHost
  readonly load: DeployedLoad
}

/** Sends the load of several workers until `until` resolves. */
async function send(url: string, workers: number, until: (sent: Sent) => Promise<void>): Promise<Sent> {
  const [host, ledger] = [new ProcessHost(), new Ledger('zd-fleet')]
  const load = await createFleet({ createHost: () => host, workers }).deploy(options(url, ledger))
  deployed.push(load)
  const running = load.start()
  await until({ ledger, host, load })
  running.stop()
  await running.drain(WIDE.answerMs)
  return { ledger, host, load }
}

const enough = async ({ ledger }: Sent, attempts = 300): Promise<void> => {
  // oxlint-disable-next-line no-await-in-loop -- waits in turns
  while (ledger.totals.attempts < attempts) await sleep(20)
}

const reset: Fault = (request) => request.socket.resetAndDestroy()

// Most of the time they wait for processes and for the load.
describe.concurrent('the workers of a load', () => {
  it('deliver every attempt to one ledger: what the service saw, and nothing else', async () => {
    const { url, seen, server } = await serve()
    const tokens = new Set<unknown>()
    server.on('request', ({ headers }: IncomingMessage) => tokens.add(headers['x-token']))
    const { ledger, load } = await send(url, 4, enough)
    expect([...tokens]).toEqual(['of-the-user'])
    const { attempts, outcomes, drops } = ledger.summary()
    const workers = load.workers()
    expect([drops, outcomes.answered]).toEqual([0, attempts])
    expect(workers.reduce((sum, worker) => sum + worker.attempts, 0)).toBe(attempts)
    expect(workers.map(({ lost, rate, pod, node }) => [lost, rate, pod, node])).toEqual([
      [null, 50, 'pod-0', 'node-0'],
      [null, 50, 'pod-1', 'node-1'],
      [null, 50, 'pod-2', 'node-0'],
      [null, 50, 'pod-3', 'node-1'],
    ])
    const own = seen.filter((id) => id.startsWith('zd-fleet-'))
    expect(new Set(own).size).toBe(own.length)
    // Messages of WebSockets have no header, and reach no handler.
    expect(own.length).toBeLessThanOrEqual(attempts)
  })

  it('have the times of each attempt on one clock, although each process counts from its own start', async () => {
    const { url } = await serve()
    const begin = performance.now()
    const { ledger, load } = await send(url, 2, enough)
    const end = performance.now()
    const { seconds, latencyMs } = { ...ledger.summary(), latencyMs: ledger.latenessMs() }
    expect(seconds[0]?.at).toBeGreaterThan(Date.now() - (end - begin) - 2_000)
    expect(seconds.at(-1)?.at).toBeLessThanOrEqual(Date.now())
    expect(latencyMs.count).toBeGreaterThan(0)
    for (const { clockOffsetMs, clockUncertaintyMs } of load.workers()) {
      // All processes share the wall clock of this machine.
      expect(Math.abs(clockOffsetMs ?? Infinity)).toBeLessThanOrEqual((clockUncertaintyMs ?? 0) + 2)
    }
  })

  it('find the planted fault that one machine finds', async () => {
    const { url } = await serve(reset)
    const [one, four] = await Promise.all([send(url, 1, enough), send(url, 4, enough)])
    for (const { ledger } of [one, four]) {
      const { outcomes, drops, failures } = ledger.summary()
      expect(drops).toBeGreaterThan(20)
      // A reset takes pipelined requests and open streams with it.
      expect(outcomes.reset + outcomes.truncated + outcomes.closed).toBe(drops)
      expect(failures[0]?.ending.detail).toMatch(/\w/u)
    }
  })

  it('compare the ids of what they created', async () => {
    // Every answer has an id that this worker gets for the first time, and another worker, too.
    const { url, server } = await serve()
    const given = new Map<string, number>()
    server.prependListener('request', (request: IncomingMessage, response: ServerResponse) => {
      if (request.url !== '/notices') return
      const end = response.end.bind(response)
      const port = `${request.socket.remotePort}`
      given.set(port, (given.get(port) ?? 0) + 1)
      response.end = () => end(JSON.stringify({ id: `${given.get(port)}` }), 'utf8')
    })
    const ids = CLIENT_CLASSES.filter(({ name }) => name === 'post')
    const { create, read } = profile.paths
    const only = { ...profile, paths: { read, ...(create && { create }) } }
    const [host, ledger] = [new ProcessHost(), new Ledger('zd-fleet')]
    const load = await createFleet({ createHost: () => host, workers: 2 }).deploy(
      options(url, ledger, { clients: ids, profile: only, rate: 40 }),
    )
    deployed.push(load)
    const running = load.start()
    await enough({ ledger, host, load }, 40)
    await running.drain(WIDE.answerMs)
    expect(ledger.summary().failures.map(({ ending }) => ending.detail)).toContain(
      'id "1" was the response to a POST of another worker, too',
    )
  })

  it('deliver each attempt once after the connection to them broke', async () => {
    const { url } = await serve()
    const { ledger, host, load } = await send(url, 2, async (sent) => {
      await enough(sent, 100)
      for (const stream of sent.host.streams) stream.destroy()
      await enough(sent, 400)
    })
    const { attempts, outcomes } = ledger.summary()
    expect(outcomes.answered).toBe(attempts)
    expect(host.connections).toBeGreaterThanOrEqual(4)
    expect(load.workers().map(({ lost }) => lost)).toEqual([null, null])
  })

  it('that are lost are a doubt, and what they delivered counts', async () => {
    const { url } = await serve(reset)
    const { ledger, load } = await send(url, 3, async (sent) => {
      await enough(sent, 200)
      sent.host.running[1]?.child.kill('SIGKILL')
      await enough(sent, 400)
    })
    const workers = load.workers()
    expect(workers.map(({ lost }) => lost)).toEqual([null, 'its container ended with SIGKILL', null])
    const [, lost] = workers
    expect(lost?.attempts).toBeGreaterThan(0)
    expect(ledger.summary().attempts).toBe(workers.reduce((sum, { attempts }) => sum + attempts, 0))
    expect(doubtsAboutHarness({ ...record(), workers })).toEqual([
      `worker 1 (pod pod-1 on node-1) was lost after ${lost?.attempts} requests, and what it saw later is unknown: its container ended with SIGKILL`,
    ])
  })

  it('deliver what they have when their pod is evicted, and are lost all the same', async () => {
    const { url } = await serve()
    const { load } = await send(url, 2, async (sent) => {
      await enough(sent, 200)
      sent.host.running[0]?.child.kill('SIGTERM')
      while (sent.load.workers()[0]?.lost === null) await sleep(20)
    })
    const [first, second] = load.workers()
    expect([first?.lost, second?.lost]).toEqual(['its pod was evicted or deleted', null])
    expect(first?.harness).not.toBeNull()
  })

  it('that cannot start are a doubt; if none can, nothing is rolled out', async () => {
    const { url } = await serve()
    const [host, ledger] = [new ProcessHost(), new Ledger('zd-fleet')]
    host.refused.set(1, 'the image cannot be pulled')
    const load = await createFleet({ createHost: () => host, workers: 2 }).deploy(options(url, ledger))
    deployed.push(load)
    expect(load.workers().map(({ lost }) => lost)).toEqual([null, 'the image cannot be pulled'])

    const none = new ProcessHost()
    none.refused.set(0, 'the image cannot be pulled').set(1, 'the image cannot be pulled')
    const deploying = createFleet({ createHost: () => none, workers: 2 }).deploy(options(url, ledger))
    await expect(deploying).rejects.toThrow(
      new UsageError('none of the 2 workers can send the load: worker 0 (pod pod-0): the image cannot be pulled'),
    )
    expect(none.removed).toBe(true)
  })

  it('say what the service answers instead, if it is another one', async () => {
    const { url } = await serve()
    const [host, ledger] = [new ProcessHost(), new Ledger('zd-fleet')]
    const other = { ...profile, paths: { read: { path: '/none', status: 200, json: true } } }
    const deploying = createFleet({ createHost: () => host, workers: 1 }).deploy(
      options(url, ledger, { profile: other, clients: CLIENT_CLASSES.slice(0, 1) }),
    )
    await expect(deploying).rejects.toThrow(/^the worker cannot send the load: worker 0 \(pod pod-0\): GET \/none at /u)
  })

  it('are removed if the run is interrupted while they start', async () => {
    const { url } = await serve()
    const [host, ledger, stop] = [new ProcessHost(), new Ledger('zd-fleet'), new AbortController()]
    stop.abort()
    const { signal } = stop
    const load = await createFleet({ createHost: () => host, workers: 2 }).deploy(options(url, ledger, { signal }))
    expect(await load.remove()).toBeUndefined()
    expect(host.removed).toBe(true)
  })
})
