import { afterAll, describe, expect, it } from 'vitest'
import { isDrop } from '../../src/base/attempt.ts'
import type { Outcome } from '../../src/base/attempt.ts'
import { CLIENT_CLASSES } from '../../src/clients/index.ts'
import { toEpoch } from '../../src/base/clock.ts'
import { manifestsOf } from '../../src/inputs/manifests/of-command.ts'
import type { ServerLogFormat } from '../../src/inputs/profile/server-log-format.ts'
import { run } from '../../src/proof/run.ts'
import type { RunRecord } from '../../src/verdict/story/run-record.ts'
import { localActionOf } from '../../src/scenarios/choose.ts'
import { chooseScenario } from '../../src/scenarios/index.ts'
import { SELF_TEST_PROFILE } from '../../src/proof/self-test/server.ts'
import { createLocalTarget } from '../../src/targets/local/local.ts'
import { judge } from '../../src/verdict/verdict.ts'
import { shortRun } from '../fixtures/run-options.ts'
import { plantedServices, removePlanted } from '../fixtures/planted.ts'
import { PASSED } from '../fixtures/record.ts'

/**
 * `PLANTED_RUNS=10 vitest run loadtest/test/proof/planted.test.ts`: ten runs each, and a fault that is as rare as 1 in 5,000.
 * `PLANTED_IN=python,go`: the service in these languages, whose tools must be there. Default: node.
 */
const RUNS = Number(process.env['PLANTED_RUNS'] ?? 1)
const THOROUGH = RUNS > 1

const SERVICES = plantedServices(process.env['PLANTED_IN'] ?? 'node')
afterAll(removePlanted)

/** Pipelined requests share the fault of the requests beside them: `faults.test.ts` and the self-test cover that. */
const SINGLE = CLIENT_CLASSES.filter(({ name }) => name !== 'pipelined')

interface Planted {
  readonly command: readonly string[]
  readonly fault: string
  readonly outcome?: Outcome
  readonly every?: number
  /** Plants one in `every` requests at random, instead of at fixed intervals. */
  readonly random?: boolean
  readonly rate?: number
  readonly warmUpMs?: number
  /** Its log is read. */
  readonly logged?: boolean
}

const FAULTS: readonly Omit<Planted, 'command'>[] = [
  { fault: 'fin', outcome: 'closed' },
  { fault: 'rst', outcome: 'reset' },
  { fault: 'truncated', outcome: 'truncated' },
  { fault: 'twice', outcome: 'duplicated' },
  // On a machine with no CPU to spare, only the log distinguishes a late server from a late machine.
  { fault: 'late', outcome: 'timed-out', logged: true },
  { fault: 'wrong-body', outcome: 'wrong-body' },
]

const LOG: ServerLogFormat = {
  started: { pattern: /^started / },
  ended: { pattern: /^finished / },
}

/** Runs a rollout of two processes. `late` answers come after 13 s, and clients wait at most 10 s. */
async function planted(options: Planted): Promise<{ record: RunRecord; ids: Set<string> }> {
  const { command, fault, every = 40, random = false, rate = 200, warmUpMs = 500, logged = false } = options
  const ids = new Set<string>()
  const record = await run({
    ...shortRun(),
    createTarget: (_role, hooks) =>
      createLocalTarget({
        manifests: manifestsOf({
          name: 'planted',
          replicas: 2,
          portVariable: 'PORT',
          readinessPath: '/',
          readinessPeriodSeconds: 1,
          minReadySeconds: 0,
          terminationGracePeriodSeconds: 20,
        }),
        command,
        env: { FAULT: fault, EVERY: String(every), RANDOM: random ? '1' : '', LATE_MS: '13000' },
        fromVersion: 'v1',
        toVersion: 'v2',
        action: localActionOf(chooseScenario('restart')),
        seed: 1,
        balancers: 2,
        propagation: { min: 0, max: 300 },
        onPodOutput: (pod, line) => {
          hooks.podOutput(pod, line)
          const id = /^planted (\S+)$/.exec(line)?.[1]
          if (id !== undefined) ids.add(id)
        },
        onRefused: (connection) => hooks.refused(connection),
      }),
    profile: { ...SELF_TEST_PROFILE, podHeader: 'x-pod', ...(logged ? { serverLog: LOG } : {}) },
    clients: SINGLE,
    rate,
    limits: { connectMs: 5_000, answerMs: 10_000 },
    warmUpMs,
    coolDownMs: 500,
    timeoutMs: 60_000,
  })
  return { record, ids }
}

/** Returns the number of planted faults. */
function expectAllFound({ record, ids }: { record: RunRecord; ids: Set<string> }, outcome: Outcome): number {
  const { failures, drops, attempts } = record.ledger
  // By HTTP, requests after a response with `Connection: close` were not executed, and are not drops.
  const dropped = failures.filter((failure) => isDrop(failure.outcome))
  const found = failures.filter(({ id }) => ids.has(id))
  const strays = dropped.filter((failure) => !ids.has(failure.id))
  expect(
    strays.map((failure) => [
      failure.client,
      failure.outcome,
      failure.ending.detail,
      record.timeline.phaseAt(toEpoch(failure.startedAt), failure.ending.pod ?? failure.attempt?.pod),
    ]),
  ).toEqual([])
  expect(found.map((failure) => failure.outcome)).toEqual(Array.from(ids, () => outcome))
  const verdict = judge({ rounds: [record], twin: undefined, twinSkipped: 'a fixture', selfTest: PASSED })
  expect(verdict.status).toBe('drops')
  expect(verdict.sentence).toContain(`${drops} of ${attempts.toLocaleString('en-US')} requests dropped`)
  expect(verdict.sentence).toContain(outcome)
  if (THOROUGH) console.log(`${outcome}: ${ids.size} planted, all found, ${attempts} requests, ${drops} dropped`)
  return ids.size
}

const TIMES = Array.from({ length: RUNS }, (_, index) => index + 1)
const CASES = SERVICES.flatMap((service) => TIMES.map((time) => ({ ...service, time })))

describe.each(CASES)('a service in $language, run $time', ({ language, command }) => {
  it.each(FAULTS)(
    'with $fault planted: every one is found and named $outcome',
    async (one) => {
      expect(expectAllFound(await planted({ ...one, command }), one.outcome ?? 'answered')).toBeGreaterThan(0)
    },
    120_000,
  )

  it('without a fault: none is reported', async () => {
    const { record, ids } = await planted({ command, fault: 'none' })
    const { failures, attempts, outcomes } = record.ledger
    const dropped = failures.filter(({ outcome }) => isDrop(outcome))
    expect(dropped.map(({ client, outcome, ending }) => [client, outcome, ending.detail])).toEqual([])
    expect([outcomes.answered + outcomes['not-processed'], ids.size]).toEqual([attempts, 0])
    expect(attempts).toBeGreaterThan(500)
    expect(record.timeline.terminations).toHaveLength(2)
  }, 120_000)

  it('that resets one request in thousands: the reset is found', async () => {
    // If each of 40,000 requests is reset with probability 1 in 5,000, no request is reset in 3 of 10,000 runs.
    const rare = THOROUGH
      ? // Not every language keeps up with as much; then it takes longer.
        {
          every: 5_000,
          random: true,
          ...(language === 'node' ? { rate: 1_500, warmUpMs: 22_000 } : { rate: 500, warmUpMs: 75_000 }),
        }
      : { every: 1_000, rate: 500, warmUpMs: 5_000 }
    expect(expectAllFound(await planted({ command, fault: 'rst', ...rare }), 'reset')).toBeGreaterThan(0)
  }, 180_000)
})
