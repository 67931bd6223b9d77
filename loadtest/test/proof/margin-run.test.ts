import { describe, expect, it } from 'vitest'
import { keepAlive } from '../../src/clients/classes/keep-alive.ts'
import { newConnection } from '../../src/clients/classes/new-connection.ts'
import { podStories } from '../../src/verdict/story/pod-story.ts'
import { cloudCommunal } from '../../src/inputs/profile/cloud-communal.ts'
import { unansweredRequests } from '../../src/reports/data/unanswered.ts'
import { runMargin } from '../../src/reports/data/margin.ts'
import { run } from '../../src/proof/run.ts'
import type { RunRecord } from '../../src/verdict/story/run-record.ts'
import { localActionOf } from '../../src/scenarios/choose.ts'
import { chooseScenario } from '../../src/scenarios/index.ts'
import { createLocalTarget } from '../../src/targets/local/local.ts'
import { shortRun } from '../fixtures/run-options.ts'
import { FIXTURES } from '../fixtures/local-target.ts'
import { WIDE } from '../fixtures/load.ts'

/**
 * Rolls out real processes behind a load balancer that learns about each change 1.3 s late: the last new connection arrives after
 * more than a second, for every pod.
 */
const rollOut = (env: Record<string, string>): Promise<RunRecord> =>
  run({
    ...shortRun(),
    createTarget: (_, hooks) =>
      createLocalTarget({
        manifests: `${FIXTURES}/manifests.yaml`,
        command: [process.execPath, `${FIXTURES}/programs/lame-duck.js`],
        env,
        fromVersion: 'v1',
        toVersion: 'v2',
        action: localActionOf(chooseScenario('set-image')),
        seed: 1,
        balancers: 1,
        propagation: { min: 1_300, max: 1_300 },
        onPodOutput: (pod, line) => hooks.podOutput(pod, line),
        onRefused: (connection) => hooks.refused(connection),
      }),
    profile: { ...cloudCommunal, paths: { read: cloudCommunal.paths.read } },
    clients: [newConnection, keepAlive],
    rate: 100,
    limits: WIDE,
    warmUpMs: 500,
    coolDownMs: 500,
    timeoutMs: 60_000,
  })

// The margins are wide enough that a busy machine does not turn one into another.
describe('the margin of a rollout of real processes', () => {
  it('is a near miss with little time to spare, although nothing was dropped', async () => {
    const record = await rollOut({ DELAY_MS: '1900' })
    const margin = runMargin(podStories(record))
    expect(record.ledger.drops).toBe(0)
    expect(record.ledger.answeredWithoutLog).toBe(0)
    expect(margin?.assessment).toBe('near-miss')
    expect(margin?.sentence).toMatch(
      /^Margin, a near miss: .* before the pod closed its listener; a delay of [2-9]\.\d s would/,
    )
    const stories = podStories(record).filter(({ terminatingAt }) => terminatingAt !== null)
    expect(stories.map(({ listenerClosedBy }) => listenerClosedBy)).toEqual(['log', 'log', 'log'])
    // SIGTERM, the last arrival, the close of the listener, the exit: in this order for each pod.
    for (const { terminatingAt, lastFreshArrivalAt, listenerClosedAt, goneAt } of stories) {
      const moments = [terminatingAt, lastFreshArrivalAt, listenerClosedAt, goneAt].map(Number)
      expect(moments).toEqual(moments.toSorted((left, right) => left - right))
    }
  })

  it('is comfortable with time to spare', async () => {
    const record = await rollOut({ DELAY_MS: '4000' })
    expect(record.ledger.drops).toBe(0)
    expect(runMargin(podStories(record))?.assessment).toBe('comfortable')
  })

  it('is inferred from refused connections without a server log, and the drops name the cause', async () => {
    const record = await rollOut({ DELAY_MS: '200', SILENT: 'yes' })
    expect(record.ledger.outcomes.refused).toBeGreaterThan(0)
    expect(record.ledger.answeredWithoutLog).toBeNull()
    const margin = runMargin(podStories(record))
    expect(margin?.assessment).toBe('too-short')
    const closedBy = podStories(record).flatMap(({ listenerClosedBy }) => listenerClosedBy ?? [])
    expect(closedBy.length).toBeGreaterThan(0)
    expect(closedBy).not.toContain('log')
    expect(unansweredRequests(record).map(({ cause }) => cause)).toContainEqual(
      expect.stringMatching(
        /^new connection refused [\d,]+ ms after .*: http:.* still sent requests to it, until [\d,]+ ms after SIGTERM$/,
      ),
    )
  })
})
