import { HarnessError } from '../../src/base/errors.ts'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { CLIENT_CLASSES } from '../../src/clients/index.ts'
import { podStories } from '../../src/verdict/story/pod-story.ts'
import type { DeployedLoad, DeployOptions } from '../../src/proof/load-source.ts'
import { preflight } from '../../src/proof/preflight.ts'
import { run } from '../../src/proof/run.ts'
import type { RunHooks, RunOptions, RunState } from '../../src/proof/run-options.ts'
import { anyService } from '../../src/inputs/profile/any-service.ts'
import { manifestsOf } from '../../src/inputs/manifests/of-command.ts'
import { localActionOf } from '../../src/scenarios/choose.ts'
import { chooseScenario } from '../../src/scenarios/index.ts'
import { createLocalTarget } from '../../src/targets/local/local.ts'
import type { Target } from '../../src/targets/target.ts'
import type { RunRecord } from '../../src/verdict/story/run-record.ts'
import { shortRun } from '../fixtures/run-options.ts'
import { WIDE } from '../fixtures/load.ts'
import { profile, startService } from '../fixtures/service.ts'
import type { Service } from '../fixtures/service.ts'
import { FakeTarget } from '../fixtures/target.ts'
import type { FakeTargetOptions } from '../fixtures/target.ts'

const services: Service[] = []
afterEach(async () => {
  await Promise.all(services.splice(0).map((service) => service.close()))
})

async function fake(options: Partial<FakeTargetOptions> = {}): Promise<FakeTarget> {
  const service = await startService()
  services.push(service)
  return new FakeTarget({ services: [service], ...options })
}

const start = (target: FakeTarget, options: Partial<RunOptions> = {}): Promise<RunRecord> =>
  run({
    ...shortRun(),
    createTarget: () => target,
    profile,
    clients: CLIENT_CLASSES,
    rate: 300,
    limits: WIDE,
    ...options,
  })

describe('a run', () => {
  it('goes through its phases in order and accounts for every request', async () => {
    const target = await fake()
    const phases: string[] = []
    const record = await start(target, { watcher: { phase: (phase) => void phases.push(phase) } })
    expect(phases).toEqual([
      'starting',
      'checking',
      'warming up',
      'rolling out',
      'cooling down',
      'last responses',
      'restoring',
    ])
    expect(target.calls).toEqual(['start', 'rollout', 'restore, kept'])
    expect(record.outcome).toEqual({ status: 'finished' })
    expect(record.ledger.outcomes.answered).toBe(record.ledger.attempts)
    expect(record.ledger.exposure.attempts).toBeGreaterThan(50)
    expect(record.ledger.exposure.spanning).toBeGreaterThan(0)
    expect(record.timeline.terminations.map(({ pod }) => pod)).toEqual(['pod-1'])
  })

  it('restores a finished rollout only if asked to', async () => {
    const target = await fake({ drainMs: 50 })
    await start(target, { restoreAfterwards: true })
    expect(target.calls.at(-1)).toBe('restore')
  })

  it('restores after a failed rollout and keeps its reason', async () => {
    const target = await fake({ outcome: { status: 'failed', reason: 'ErrImagePull' }, drainMs: 50 })
    const record = await start(target)
    expect(record.outcome).toEqual({ status: 'failed', reason: 'ErrImagePull' })
    expect(target.calls.at(-1)).toBe('restore')
  })

  it('ends a rollout that takes too long as failed', async () => {
    const target = await fake({ drainMs: 60_000 })
    const record = await start(target, { timeoutMs: 300 })
    expect(record.outcome).toMatchObject({ status: 'failed', reason: expect.stringContaining('--timeout') as string })
    expect(target.calls.at(-1)).toBe('restore')
  })

  it('reports what ran and restores after an interruption', async () => {
    const target = await fake({ drainMs: 60_000 })
    const controller = new AbortController()
    const phase = (name: string, state: RunState): void => {
      if (name !== 'rolling out') return
      void vi.waitUntil(() => state.totals().attempts > 100, { timeout: 60_000 }).then(() => controller.abort())
    }
    const record = await start(target, { signal: controller.signal, watcher: { phase } })
    expect(record.outcome.status).toBe('interrupted')
    expect(record.ledger.attempts).toBeGreaterThan(100)
    expect(record.ledger.drops).toBe(0)
    expect(target.calls).toEqual(['start', 'rollout', 'restore'])
  })

  it('does not wait for a starting target after an interruption', async () => {
    const target = await fake({ start: () => sleep(60_000, undefined, { ref: false }) })
    const controller = new AbortController()
    setTimeout(() => controller.abort(), 100)
    const record = await start(target, { signal: controller.signal })
    expect(record).toMatchObject({ outcome: { status: 'interrupted' }, rolloutStartedAt: null })
    expect(target.calls).toEqual(['start', 'restore'])
  })

  it('restores after a failure of the target, and reports the failure and what is left', async () => {
    const broken = new HarnessError('The watch broke.')
    const target = await fake({ rollout: () => Promise.reject(broken), leftover: 'Undo it by hand.' })
    await expect(start(target)).rejects.toMatchObject({
      name: 'HarnessError',
      message: 'The watch broke. Undo it by hand.',
    })
    expect(target.calls.at(-1)).toBe('restore')
  })

  it('reports a missing route before the load, and restores', async () => {
    const target = await fake()
    const { paths } = profile
    const wrong = {
      ...profile,
      paths: { ...paths, slow: { ...(paths.slow ?? paths.read), path: '/nope', ms: { min: 1, max: 1 } } },
    }
    await expect(start(target, { profile: wrong })).rejects.toMatchObject({
      name: 'UsageError',
      message: expect.stringMatching(/^GET \/nope at http:\/\/127\.0\.0\.1:\d+: status 404/) as string,
    })
    expect(target.calls).toEqual(['start', 'restore'])
  })

  it('keeps two pods of one name apart', async () => {
    const { ledger, timeline, serverLog, ...rest } = await start(await fake({ drainMs: 300, sameNameMs: 700 }))
    const [first, , second] = podStories({ ledger, timeline, serverLog, ...rest })
    expect([first, second]).toMatchObject([
      { pod: 'pod-1', life: 1, version: 'v1' },
      { pod: 'pod-1', life: 2, version: 'v2', terminatingAt: null, margin: null },
    ])
    expect(Math.min(first?.answered ?? 0, second?.answered ?? 0)).toBeGreaterThan(10)
    expect((first?.answered ?? 0) + (second?.answered ?? 0)).toBe(ledger.outcomes.answered)
    expect(first?.lastFreshArrivalAt).toBeLessThanOrEqual(first?.goneAt ?? 0)
    expect(second?.lastFreshArrivalAt).toBeGreaterThan(first?.goneAt ?? Infinity)
  })

  it('counts the drops of a server that stops listening at SIGTERM, with the pod and the phase', async () => {
    const target: FakeTarget = await fake({
      onTerminate: () => {
        services[0]?.server.close()
        services[0]?.server.closeAllConnections()
      },
    })
    const { ledger, timeline } = await start(target)
    expect(ledger.outcomes.refused).toBeGreaterThan(20)
    expect(ledger.outcomes.closed + ledger.outcomes.reset + ledger.outcomes.truncated).toBeGreaterThan(0)
    expect(ledger.exposure.drops).toBeGreaterThan(20)
    const first = ledger.failures[0]
    expect(first && timeline.phaseAt(Date.now(), first.attempt?.pod)).toMatch(/after pod-1 (got SIGTERM|was gone)$/)
  })
})

/** The paths of the first requests of a run, in the order in which the client sent them. */
async function schedule(seed: number): Promise<string[]> {
  const target = await fake({ drainMs: 300 })
  const sent: { readonly number: number; readonly path: string }[] = []
  services.at(-1)?.server.on('request', ({ url = '', headers }) => {
    const [, number = ''] = /^zd-(?!preflight).*-(\w+)$/.exec(String(headers['x-request-id'])) ?? []
    if (url.startsWith('/work') && number !== '') sent.push({ number: Number.parseInt(number, 36), path: url })
  })
  await start(target, { seed, rate: 60, clients: CLIENT_CLASSES.filter(({ name }) => name === 'slow') })
  // Requests on several connections may overtake each other.
  return sent
    .toSorted((one, other) => one.number - other.number)
    .map(({ path }) => path)
    .slice(0, 20)
}

describe('the load', () => {
  it('is the same for the same seed, and differs for another', async () => {
    const [one, again, other] = [await schedule(1), await schedule(1), await schedule(2)]
    expect(one.length).toBeGreaterThan(15)
    expect(again).toEqual(one)
    expect(other).not.toEqual(one)
  })
})

describe('a run of a service without a pod header', () => {
  it('knows the pods by the connections, and sends no pipelined requests to a server that closes each connection', async () => {
    const record = await run({
      ...shortRun(),
      createTarget: (_role, hooks) => plainTarget(hooks),
      profile: anyService('/'),
      clients: CLIENT_CLASSES,
      rate: 100,
      limits: WIDE,
    })
    const { ledger, timeline } = record
    expect(timeline.terminations.length).toBeGreaterThan(0)
    expect(podStories(record).filter(({ answered }) => answered === 0)).toEqual([])
    expect(Object.keys(ledger.clients)).not.toContain('pipelined')
    expect(ledger.outcomes['not-processed']).toBe(0)
  })

  it.each([
    ['this machine', {}],
    ['workers', { loadSource: checkingSource }],
  ])('ends before the load from %s if serverLog matches no line', async (_, from) => {
    const logged = { ...anyService('/'), serverLog: { ended: { pattern: /^done/u } } }
    const removed = vi.spyOn(checkingSource, 'removed')
    const failed = run({
      ...shortRun(),
      createTarget: (_role, hooks) => plainTarget(hooks),
      profile: logged,
      clients: CLIENT_CLASSES,
      rate: 100,
      limits: WIDE,
      ...from,
    })
    await expect(failed).rejects.toThrow(
      /^serverLog in the profile matches no line of the log: a line contains the id of a request, .* as in "answered zd-preflight-/u,
    )
    expect(removed).toHaveBeenCalledTimes('loadSource' in from ? 1 : 0)
    removed.mockRestore()
  })
})

/** Workers that have sent their requests before the load, and send no load. */
const checkingSource = {
  removed: () => undefined,
  deploy: async ({ urls, access, profile: checked, clients, signal }: DeployOptions): Promise<DeployedLoad> => {
    await preflight({ urls, access, profile: checked, clients, limits: WIDE, signal })
    return {
      start: () => {
        throw new Error('the load started')
      },
      starved: () => false,
      workers: () => [],
      remove: async () => checkingSource.removed(),
    }
  },
}

/** A Deployment of one process, which closes each connection after its response. */
const plainTarget = (hooks: RunHooks): Target =>
  createLocalTarget({
    manifests: manifestsOf({
      name: 'plain',
      replicas: 1,
      portVariable: 'PORT',
      readinessPath: undefined,
      readinessPeriodSeconds: 1,
      minReadySeconds: 0,
      terminationGracePeriodSeconds: 5,
    }),
    command: [process.execPath, '-e', PLAIN],
    fromVersion: 'v1',
    toVersion: 'v2',
    action: localActionOf(chooseScenario('restart')),
    seed: 1,
    balancers: 1,
    propagation: { min: 0, max: 50 },
    onPodOutput: (pod, line) => hooks.podOutput(pod, line),
    onRefused: (connection) => hooks.refused(connection),
    onRouted: (connection) => hooks.routed(connection),
  })

const PLAIN = `
  const server = require('node:http').createServer((request, response) => {
    console.log('answered ' + request.headers['x-request-id'])
    response.setHeader('Connection', 'close').end('ok')
  }).listen(process.env.PORT, '127.0.0.1')
  process.on('SIGTERM', () => setTimeout(() => server.close(() => process.exit(0)), 300))
`
