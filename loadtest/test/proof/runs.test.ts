import { HarnessError } from '../../src/base/errors.ts'
import { afterEach, describe, expect, it } from 'vitest'
import type { Runs } from '../../src/proof/next-run.ts'
import type { ProveOptions } from '../../src/proof/prove-options.ts'
import { runAll } from '../../src/proof/prove.ts'
import { shortProof } from '../fixtures/run-options.ts'
import { startService } from '../fixtures/service.ts'
import type { Service } from '../fixtures/service.ts'
import { FakeTarget } from '../fixtures/target.ts'
import type { FakeTargetOptions } from '../fixtures/target.ts'

const services: Service[] = []
afterEach(async () => {
  await Promise.all(services.splice(0).map((service) => service.close()))
})

type Plan = (what: string, service: Service) => Partial<FakeTargetOptions>

/** To its clients, this service exits on SIGTERM. */
const naive = (service: Service): Partial<FakeTargetOptions> => ({
  onTerminate: () => {
    service.server.close()
    service.server.closeAllConnections()
  },
})

const allNaive: Plan = (_, service) => naive(service)

/** Runs rollouts of fresh services. `plan` decides each rollout by its name; `service 2` is the second rollout of the service. */
async function series(
  options: Partial<ProveOptions>,
  plan: Plan = (what, service) => (what.startsWith('twin') ? naive(service) : {}),
): Promise<{ ran: string[]; series: Runs }> {
  const ran: string[] = []
  // Started beforehand, because createTarget is synchronous.
  const ready = await Promise.all(Array.from({ length: 6 }, () => startService()))
  services.push(...ready)
  const runs = await runAll({
    ...shortProof(),
    seed: 7,
    warmUpMs: 100,
    coolDownMs: 100,
    createTarget: (role, _hooks, { number, seed }) => {
      const service = ready[ran.length] as Service
      ran.push(`${role} ${number} seed ${seed}`)
      return new FakeTarget({ services: [service], ...plan(`${role} ${number}`, service) })
    },
    ...options,
  })
  return { ran, series: runs }
}

const SERVICE = ['service 1 seed 7', 'service 2 seed 8', 'service 3 seed 9']
const TWIN = 'twin 1 seed 7'

describe('the runs of a proof', () => {
  it('include each rollout with its own seed, and the twin once, with the seed of the first', async () => {
    const { ran, series: done } = await series({ rounds: 3 })
    expect(ran).toEqual([SERVICE[0], TWIN, SERVICE[1], SERVICE[2]])
    expect(done.rounds.map(({ round }) => round)).toEqual(['rollout 1 of 3', 'rollout 2 of 3', 'rollout 3 of 3'])
    expect(done.twin?.round).toBe('')
  })

  it('end once the bound of --until-bound is reached', async () => {
    const { ran, series: done } = await series({ rounds: 6, untilBound: 0.012 })
    // About 240 requests of each rollout meet the window: 3 of 250 are 0.012.
    const exposed = done.rounds.map(({ ledger }) => ledger.exposure.attempts)
    const sum = exposed.reduce((total, each) => total + each, 0)
    expect(3 / sum).toBeLessThanOrEqual(0.012)
    expect(3 / (sum - (exposed.at(-1) ?? 0))).toBeGreaterThan(0.012)
    expect(ran.length).toBe(exposed.length + 1)
  })

  it('continue after a drop, to measure its share, but not with --until-bound', async () => {
    const { ran } = await series({ rounds: 2 }, allNaive)
    expect(ran).toEqual(SERVICE.slice(0, 2))
    const until = await series({ rounds: 2, untilBound: 0.0001 }, allNaive)
    expect(until.ran).toEqual(SERVICE.slice(0, 1))
    expect(until.series.twinSkipped).toContain('nothing for a twin to show')
  })

  it('end if the twin shows that the load sees no drops', async () => {
    const { ran } = await series({ rounds: 3 }, () => ({}))
    expect(ran).toEqual([SERVICE[0], TWIN])
  })

  it('end after a rollout that proves nothing', async () => {
    const { ran } = await series({ rounds: 3 }, (what, service) =>
      what.startsWith('twin') ? naive(service) : { killed: what === 'service 2' },
    )
    expect(ran).toEqual([SERVICE[0], TWIN, SERVICE[1]])
  })

  it('are kept if a later rollout cannot run', async () => {
    const { series: done } = await series({ rounds: 3, twin: false }, (what) =>
      what === 'service 2' ? { start: () => Promise.reject(new HarnessError('the cluster is gone')) } : {},
    )
    expect(done.rounds).toHaveLength(1)
    expect(done.broken).toBe('rollout 2 could not run: the cluster is gone')
  })

  it.each(['twin 1', 'service 2'])('end if interrupted during %s', async (where) => {
    const controller = new AbortController()
    const { ran, series: done } = await series({ rounds: 3, signal: controller.signal }, (what, service) => ({
      ...(what.startsWith('twin') ? naive(service) : {}),
      ...(what === where ? { rollout: interruptedBy(controller) } : {}),
    }))
    expect(ran).toEqual(where === 'twin 1' ? [SERVICE[0], TWIN] : [SERVICE[0], TWIN, SERVICE[1]])
    expect([...done.rounds, done.twin].map((record) => record?.outcome.status)).toEqual(
      where === 'twin 1' ? ['finished', 'interrupted'] : ['finished', 'interrupted', 'finished'],
    )
  })

  it('end if interrupted between two runs', async () => {
    const controller = new AbortController()
    const watcher = { phase: (phase: string): void => void (phase === 'restoring' && controller.abort()) }
    const { ran, series: done } = await series({ rounds: 3, signal: controller.signal, watcher })
    expect(ran).toEqual([SERVICE[0]])
    expect(done.rounds[0]?.outcome.status).toBe('finished')
    expect(done.twinSkipped).toBe('the run was interrupted')
  })
})

/**
 * Runs several rollouts of a target that can be restored.
 *
 * @param when the run whose restore is interrupted
 */
async function after(
  rounds: number,
  when?: string,
  plan?: Plan,
  untilBound?: number,
): Promise<{ homes: number; done: Runs }> {
  const controller = new AbortController()
  let homes = 0
  const goHome = (): Promise<string> => {
    homes += 1
    return Promise.resolve('undo it by hand')
  }
  const watcher: ProveOptions['watcher'] = {
    phase: (phase, { role, round }) => {
      if (phase === 'restoring' && `${role} ${round}`.trim() === when) controller.abort()
    },
  }
  const { series: done } = await series(
    { rounds, untilBound, signal: controller.signal, watcher, goHome, twin: false },
    plan,
  )
  return { homes, done }
}

const killed: Plan = (what) => ({ killed: what === 'service 1' })

const gone = (): Promise<never> => Promise.reject(new HarnessError('the cluster is gone'))

describe('the restore of the target after several rollouts', () => {
  it.each([
    ['between two of them', 3, 'service rollout 1 of 3', 1],
    ['after the last', 2, 'service rollout 2 of 2', 1],
    ['with only one rollout', 1, 'service', 0],
    ['never', 2, undefined, 0],
  ])('interrupted %s (of %i, in %s) happens %i times', async (_, rounds, when, times) => {
    const { homes, done } = await after(rounds, when)
    expect(homes).toBe(times)
    expect(done.rounds.at(-1)).toMatchObject({
      kept: times === 0,
      leftover: times === 0 ? undefined : 'undo it by hand',
    })
  })

  it('happens after an early end because a rollout proved nothing, but not once the bound is reached', async () => {
    expect((await after(3, undefined, killed)).homes).toBe(1)
    expect((await after(3, undefined, killed, 0.5)).homes).toBe(1)
    expect((await after(3, undefined, undefined, 0.5)).homes).toBe(0)
  })

  it('happens if a later rollout cannot run', async () => {
    const { homes, done } = await after(3, undefined, (what) => (what === 'service 2' ? { start: gone } : {}))
    expect([homes, done.rounds.length, done.rounds[0]?.kept]).toEqual([1, 1, false])
  })
})

const interruptedBy = (controller: AbortController) => (): Promise<{ status: 'interrupted' }> => {
  controller.abort()
  return Promise.resolve({ status: 'interrupted' })
}
