import { describe, expect, it } from 'vitest'
import type { FailedAttempt } from '../../src/ledger/ledger.ts'
import type { RunRecord } from '../../src/verdict/story/run-record.ts'
import type { SelfTestResult } from '../../src/verdict/self-test-result.ts'
import { judge } from '../../src/verdict/verdict.ts'
import type { Verdict } from '../../src/verdict/verdict.ts'
import { DROPPING, failureAt, PASSED, record } from '../fixtures/record.ts'

const MISSED: SelfTestResult = {
  passed: false,
  requests: 500,
  busyMs: 3,
  faults: [
    {
      name: 'FIN',
      description: '',
      expected: 'closed',
      planted: 9,
      found: 8,
      clients: {},
      wrong: ['slow: expected closed, recorded answered'],
    },
  ],
}

const alone = (twin: RunRecord): Verdict => judge({ rounds: [], twin, twinSkipped: undefined, selfTest: PASSED })

const judged = (service: RunRecord, twin: RunRecord | null = DROPPING): Verdict =>
  judge({ rounds: [service], twin: twin ?? undefined, twinSkipped: twin ? undefined : '--no-twin', selfTest: PASSED })

const withDropsOutside = (outside: number): string =>
  judged(
    record({
      outcomes: { reset: 10 + outside },
      exposure: { drops: 10 },
      failures: Array.from({ length: 10 + outside }, (_, index) => ({
        ...failureAt(500, undefined),
        hazard: index < 10,
      })),
    }),
    DROPPING,
  ).sentence

const STALLED = { eventLoopDelayMs: { count: 1, p50: 0, p99: 1, max: 9_000 } }

/** Returns a reset that came this long before the server had the right to close the connection as idle, in ms. */
function metIdleClose(early: number): FailedAttempt {
  const { attempt, ...failure } = failureAt(1_500, 'new-0')
  if (attempt === undefined) throw new Error('the fixture has an attempt')
  return { ...failure, attempt: { ...attempt, mayCloseAt: failure.endedAt + early } }
}

describe('the verdict', () => {
  it('is proven if nothing was dropped, everything was seen and the twin dropped requests', () => {
    const { status, exitStatus, sentence, statistics } = judged(record())
    expect([status, exitStatus]).toEqual(['proven', 0])
    expect(sentence).toBe(
      'Proven: 0 of 9,000 requests dropped, 3,000 of them inside the hazard windows of 3 pod terminations, at 95 % ' +
        'confidence fewer than 1 in 1,000; the naive twin dropped 43 of 9,043 under the same load.',
    )
    expect(statistics).toMatchObject({ upperBoundPerRequest: 0.001, terminations: 3, twinDrops: 43 })
  })

  it('is drops if one request was dropped, even without a twin or after a failed rollout', () => {
    for (const outcome of [{ status: 'finished' }, { status: 'failed', reason: 'x' }] as const) {
      const verdict = judge({
        rounds: [record({ outcomes: { closed: 1 }, outcome })],
        twin: undefined,
        twinSkipped: 'x',
        selfTest: PASSED,
      })
      expect([verdict.status, verdict.exitStatus]).toEqual(['drops', 1])
      expect(verdict.sentence).toContain('1 of 9,001 requests dropped (1 closed)')
    }
  })

  it('is drops if requests were dropped before an interruption', () => {
    const { status, exitStatus, sentence } = judged(
      record({ outcome: { status: 'interrupted' }, outcomes: { reset: 2 } }),
      DROPPING,
    )
    expect([status, exitStatus]).toEqual(['drops', 1])
    expect(sentence).toMatch(/^Drops: interrupted; 2 of 9,002 requests dropped \(2 reset\)/)
  })

  it('says that the rollout is not the reason if as many requests are dropped outside hazard windows', () => {
    expect(withDropsOutside(4)).not.toContain('not the reason')
    expect(withDropsOutside(9)).not.toContain('not the reason')
    expect(withDropsOutside(20)).toContain(
      '20 of 6,030 outside hazard windows were dropped, too, so the rollout is not the reason',
    )
  })

  it.each([
    ['no twin', record(), null, '--no-twin'],
    ['a twin without drops', record(), record(), 'twin dropped no request'],
    ['a twin with too few', record(), record({ outcomes: { reset: 9 } }), 'dropped only 9 requests'],
    ['a failed rollout', record({ outcome: { status: 'failed', reason: 'ErrImagePull' } }), DROPPING, 'ErrImagePull'],
    ['an interrupted run', record({ outcome: { status: 'interrupted' } }), DROPPING, 'interrupted'],
    [
      'an interrupted twin',
      record(),
      record({ outcome: { status: 'interrupted' }, outcomes: { reset: 2 } }),
      'interrupted',
    ],
    ['no termination', record({ terminations: 0 }), DROPPING, 'no pod got SIGTERM'],
    ['an exit that was not seen', record({ gone: false }), DROPPING, 'old-0'],
    ['a pod that was killed', record({ killed: true }), DROPPING, 'SIGKILL'],
    ['too few on new connections', record({ exposure: { fresh: 99 } }), DROPPING, '99 requests on new connections'],
    ['too few on reused ones', record({ exposure: { reused: 7 } }), DROPPING, '7 requests on reused connections'],
    ['none in flight at a SIGTERM', record({ exposure: { spanning: 0 } }), DROPPING, 'in flight at a SIGTERM'],
    ['a harness fault', record({ outcomes: { 'harness-fault': 1 } }), DROPPING, 'harness-fault'],
    ['something unfinished', record({ outcomes: { unfinished: 1 } }), DROPPING, 'unfinished'],
    ['something unclassified', record({ outcomes: { unclassified: 1 } }), DROPPING, 'unclassified'],
    ['late requests', record({ self: { latenessMs: { count: 1, p50: 1, p99: 501, max: 600 } } }), DROPPING, '501 ms'],
    ['a stall', record({ self: { eventLoopDelayMs: { count: 1, p50: 0, p99: 1, max: 9_000 } } }), DROPPING, 'stalled'],
    [
      'timeouts of a harness that stalled',
      record({ outcomes: { 'timed-out': 3 }, self: STALLED }),
      DROPPING,
      'stalled',
    ],
    [
      'an idle close that a late request of such a harness met',
      record({ outcomes: { reset: 1 }, failures: [metIdleClose(0)], self: STALLED }),
      DROPPING,
      'stalled',
    ],
  ])('is inconclusive with %s', (_, service, twin, text) => {
    const { status, exitStatus, sentence } = judged(service, twin)
    expect([status, exitStatus]).toEqual(['inconclusive', 3])
    expect(sentence).toContain(text)
  })

  it.each([
    ['came before the promised idle time was over', metIdleClose(1), STALLED],
    ['came on a machine with CPU to spare', metIdleClose(0), {}],
  ])('is a drop if a reset %s', (_, failure, self) => {
    const { status, sentence } = judged(record({ outcomes: { reset: 1 }, failures: [failure], self }), DROPPING)
    expect(status).toBe('drops')
    expect(sentence.includes('; also, this machine stalled')).toBe(self === STALLED)
  })

  it('needs no reused connections if no connection was reused', () => {
    const { status, sentence } = judged(record({ exposure: { reused: 0, fresh: 3_000 }, reused: 0 }))
    expect(status).toBe('proven')
    expect(sentence).toMatch(/; no connection carried more than one request\.$/)
    expect(judged(record({ exposure: { reused: 0, fresh: 3_000 }, reused: 1 })).status).toBe('inconclusive')
  })

  it('suggests a slow request if too few requests are in flight at a SIGTERM', () => {
    expect(judged(record({ exposure: { spanning: 2 } })).sentence).toContain(
      'only 2 requests in flight at a SIGTERM met a hazard window (3 are needed): add a slow request ' +
        '(paths.slow in zero-drop.yaml), or raise --rate or --repeat',
    )
  })

  it('states how large the share of drops can be, and how many terminations dropped requests', () => {
    const { sentence, statistics } = judged(
      record({ outcomes: { reset: 2, closed: 1 }, exposure: { drops: 3 }, dropsAt: ['old-0', 'old-0', 'old-2'] }),
    )
    expect(sentence).toBe(
      'Drops: 3 of 9,003 requests dropped (2 reset, 1 closed), 3 of the 3,000 inside hazard windows, at 95 % confidence ' +
        'at most 1 in 387; 2 of 3 pod terminations dropped requests.',
    )
    expect(statistics.upperBoundPerRequest).toBeCloseTo(0.00258250513829, 9)
    expect(statistics.upperBoundPerTermination).toBeCloseTo(0.983047572492, 9)
  })

  it('counts a drop of an unknown pod against every pod that was terminating', () => {
    const { statistics } = judged(
      record({ outcomes: { unreachable: 1 }, exposure: { drops: 1 }, dropsAt: [undefined] }),
    )
    expect(statistics.terminationsWithDrops).toBe(3)
  })

  it('adds up several rollouts, each with its own doubts', () => {
    const rounds = [record(), record(), record()]
    const rest = { twin: DROPPING, twinSkipped: undefined, selfTest: PASSED }
    const all = judge({ rounds, ...rest })
    expect(all.sentence).toContain(
      '0 of 27,000 requests dropped in 3 rollouts, 9,000 of them inside the hazard windows of 9 pod terminations, ' +
        'at 95 % confidence fewer than 1 in 3,000 and fewer than 33 % of terminations',
    )
    expect(all.statistics).toMatchObject({
      rollouts: 3,
      requestsInHazardWindows: 9_000,
      upperBoundPerRequest: 1 / 3_000,
    })
    const one = judge({ rounds: [record(), record({ killed: true })], ...rest })
    expect(one.doubts).toEqual([expect.stringContaining('rollout 2 of 2: SIGKILL ended old-0')])
    // One rollout alone would not have exposed enough requests.
    const thin = record({ exposure: { fresh: 60 } })
    expect(judge({ rounds: [thin], ...rest }).status).toBe('inconclusive')
    expect(judge({ rounds: [thin, thin], ...rest }).status).toBe('proven')
  })

  it('is inconclusive if the bound of --until-bound was not reached', () => {
    const rest = { rounds: [record()], twin: DROPPING, twinSkipped: undefined, selfTest: PASSED }
    expect(judge({ ...rest, untilBound: 0.001 }).status).toBe('proven')
    expect(judge({ ...rest, untilBound: 0.0009 }).sentence).toContain(
      'but the bound of --until-bound, 1 in 1,111, is not reached',
    )
  })

  it('stays drops after an interruption if a complete rollout dropped requests', () => {
    const rest = { twin: undefined, twinSkipped: 'x', selfTest: PASSED, interrupted: true }
    const stopped = record({ outcome: { status: 'interrupted' } })
    expect(judge({ ...rest, rounds: [record({ outcomes: { reset: 2 } }), stopped] }).status).toBe('drops')
    expect(judge({ ...rest, rounds: [record(), stopped] }).sentence).toContain('interrupted; 0 of 18,000')
    // Interrupted between two runs.
    expect(judge({ ...rest, rounds: [record()] }).sentence).toContain('interrupted; 0 of 9,000')
    expect(judge({ ...rest, rounds: [], selfTest: undefined }).sentence).toBe(
      'Inconclusive: interrupted; 0 of 0 requests dropped until then.',
    )
  })

  it('is inconclusive if a later rollout could not run', () => {
    const broken = 'rollout 2 could not run: the cluster is gone'
    const rest = { twin: DROPPING, twinSkipped: undefined, selfTest: PASSED, broken }
    expect(judge({ ...rest, rounds: [record()] }).sentence).toContain(broken)
    expect(judge({ ...rest, rounds: [record({ outcomes: { reset: 2 } })] }).status).toBe('drops')
  })

  it('is inconclusive if the self-test missed a fault, whatever the runs found', () => {
    const rest = { twin: DROPPING, twinSkipped: undefined, selfTest: MISSED }
    for (const rounds of [[], [record()], [record({ outcomes: { reset: 5 } })]]) {
      const { status, sentence } = judge({ ...rest, rounds })
      expect(status).toBe('inconclusive')
      expect(sentence).toContain('found 8 of 9 planted faults of kind FIN (slow: expected closed, recorded answered)')
    }
  })

  it('does not count requests that the server did not process as drops', () => {
    expect(judged(record({ outcomes: { 'not-processed': 5 } })).status).toBe('proven')
  })

  it('is drops or inconclusive if only the twin ran', () => {
    expect(alone(DROPPING).exitStatus).toBe(1)
    expect(alone(record()).exitStatus).toBe(3)
  })
})
