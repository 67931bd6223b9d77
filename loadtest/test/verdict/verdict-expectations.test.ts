import { describe, expect, it } from 'vitest'
import type { RunRecord } from '../../src/verdict/story/run-record.ts'
import type { TargetEvent } from '../../src/targets/target.ts'
import { judge } from '../../src/verdict/verdict.ts'
import type { Verdict } from '../../src/verdict/verdict.ts'
import { failureAt, PASSED, record } from '../fixtures/record.ts'

const judged = (expects: 'untouched' | 'losses' | 'watched', ...rounds: readonly RunRecord[]): Verdict =>
  judge({ expects, rounds, twin: undefined, twinSkipped: 'nothing to show', selfTest: PASSED })

const SERVING: readonly TargetEvent[] = ['old-0', 'old-1'].flatMap((pod) => [
  { at: 100, type: 'pod-created', pod, version: 'v1' },
  { at: 200, type: 'pod-ready', pod },
])
const FAILED = { status: 'failed', reason: 'ErrImagePull.', undone: true } as const

describe('a rollout that should fail without touching serving pods', () => {
  const broken: readonly TargetEvent[] = [
    ...SERVING,
    { at: 1_000, type: 'pod-created', pod: 'new-0', version: 'v2' },
    { at: 2_000, type: 'pod-terminating', pod: 'new-0' },
    { at: 2_100, type: 'pod-gone', pod: 'new-0', exitCode: null, killed: true },
  ]

  it('is proven without a twin and without hazard windows if it did', () => {
    const { status, sentence } = judged('untouched', record({ events: broken, outcome: FAILED }))
    expect(status).toBe('proven')
    expect(sentence).toBe(
      'Proven: 0 of 9,000 requests dropped while the rollout failed as expected (ErrImagePull) and was undone; none of ' +
        'the 2 pods that served got SIGTERM.',
    )
  })

  it('is drops if it dropped a request', () => {
    const { status, sentence } = judged(
      'untouched',
      record({ events: broken, outcome: FAILED, outcomes: { reset: 2 } }),
    )
    expect(status).toBe('drops')
    expect(sentence).toContain(
      '2 of 9,002 requests dropped (2 reset) by a rollout that should have left the serving pods alone',
    )
  })

  const touched: readonly TargetEvent[] = [...broken, { at: 1_500, type: 'pod-terminating', pod: 'old-1' }]

  it.each([
    ['finished', { events: broken }, 'the rollout succeeded, but this scenario expects it to fail'],
    ['was not undone', { events: broken, outcome: { status: 'failed', reason: 'x' } }, 'was not undone'],
    [
      'ended a pod that served',
      { events: touched, outcome: FAILED },
      'the failed rollout ended old-1, which had been serving',
    ],
    ['was hardly under load', { events: broken, outcome: FAILED, outcomes: { answered: 50 } }, 'only 50 requests'],
    ['saw no serving pod', { events: [], outcome: FAILED }, 'no serving pod was seen'],
  ] as const)('is inconclusive if it %s', (_, made, text) => {
    const { status, sentence } = judged('untouched', record(made))
    expect(status).toBe('inconclusive')
    expect(sentence).toContain(text)
  })
})

describe('a pod that is killed', () => {
  const killed: readonly TargetEvent[] = [
    ...SERVING,
    { at: 5_000, type: 'container-ended', pod: 'old-0', exitCode: 137, reason: 'SIGKILL' },
    { at: 5_200, type: 'endpoint-removed', pod: 'old-0', through: 'a' },
    { at: 7_000, type: 'pod-ready', pod: 'old-0' },
  ]
  const inFlight = { ...failureAt(4_900, 'old-0'), endedAt: failureAt(5_001, 'old-0').endedAt }
  const after = failureAt(6_000, undefined)

  it('is proven if only requests to that pod were lost, and counts them', () => {
    const { status, sentence } = judged(
      'losses',
      record({ events: killed, outcomes: { reset: 2 }, failures: [inFlight, after] }),
    )
    expect(status).toBe('proven')
    expect(sentence).toBe(
      'Proven: SIGKILL of 1 pod cost 2 of 9,002 requests (1 in flight in a killed pod, 1 sent to one before its exit was ' +
        'known), which no service can prevent; no request was dropped elsewhere.',
    )
  })

  it.each([
    ['in another pod', failureAt(5_500, 'old-1')],
    ['before', failureAt(3_000, 'old-0')],
    ['long after', failureAt(9_000, undefined)],
  ])('does not explain a request lost %s', (_, other) => {
    const { status, sentence } = judged(
      'losses',
      record({ events: killed, outcomes: { reset: 2 }, failures: [inFlight, other] }),
    )
    expect(status).toBe('drops')
    expect(sentence).toMatch(/^Drops: 1 request dropped elsewhere; SIGKILL of 1 pod cost 1 of 9,002 requests/)
  })

  it.each([
    ['a wrong response', { outcome: 'wrong-body', ending: { outcome: 'wrong-body', status: 200 } }],
    ['a second response', { outcome: 'duplicated', ending: { outcome: 'duplicated' } }],
    ['an error of a live server', { outcome: '5xx', ending: { outcome: '5xx', status: 500 } }],
  ] as const)('does not explain %s', (_, other) => {
    const failures = [inFlight, { ...after, ...other }]
    const { status, sentence } = judged('losses', record({ events: killed, outcomes: { reset: 2 }, failures }))
    expect(status).toBe('drops')
    expect(sentence).toMatch(/^Drops: 1 request dropped elsewhere; SIGKILL of 1 pod cost 1 of 9,002 requests/)
  })

  it('explains the error of a proxy in between', () => {
    const failures = [inFlight, { ...after, outcome: '5xx', ending: { outcome: '5xx', status: 502 } } as const]
    expect(judged('losses', record({ events: killed, outcomes: { reset: 2 }, failures })).status).toBe('proven')
  })

  it('explains nothing after the pod is ready again', () => {
    const events = [...killed, { at: 60_000, type: 'pod-ready', pod: 'old-0' } as const]
    const failures = [inFlight, failureAt(9_000, 'old-0')]
    expect(judged('losses', record({ events, outcomes: { reset: 2 }, failures })).status).toBe('drops')
  })

  it.each([
    ['no pod was killed', { events: SERVING }, 'no pod was seen to be killed'],
    ['it did not come back', { events: killed, outcome: { status: 'failed', reason: 'x' } }, 'became ready again: x'],
  ] as const)('is inconclusive if %s', (_, made, text) => {
    const { status, sentence } = judged('losses', record(made))
    expect(status).toBe('inconclusive')
    expect(sentence).toContain(text)
  })
})

describe('a rollout that somebody else makes', () => {
  it('is proven without a twin, and the verdict says what that means', () => {
    const { status, sentence } = judged('watched', record())
    expect(status).toBe('proven')
    expect(sentence).toContain('; no naive twin has shown that this load sees drops')
  })

  it.each<[string, RunRecord, string]>([
    ['no pod got SIGTERM', record({ terminations: 0 }), 'no pod got SIGTERM'],
    ['too few requests were in danger', record({ exposure: { fresh: 99 } }), '99 requests on new connections'],
    [
      'the command failed',
      record({ outcome: { status: 'failed', reason: 'helm … ended with exit code 1' } }),
      'exit code 1',
    ],
  ])('is inconclusive if %s', (_, round, text) => {
    const { status, sentence } = judged('watched', round)
    expect(status).toBe('inconclusive')
    expect(sentence).toContain(text)
  })

  it('is drops if it dropped a request', () => {
    expect(judged('watched', record({ outcomes: { reset: 1 } })).status).toBe('drops')
  })
})
