import { describe, expect, it } from 'vitest'
import { createNotes } from '../src/clients/client.ts'
import { Ledger } from '../src/ledger.ts'
import type { LedgerSummary } from '../src/ledger.ts'
import { createRefusals } from '../src/refusals.ts'
import type { RunRecord } from '../src/run-record.ts'
import type { SelfReport } from '../src/self-watch.ts'
import { ServerLog } from '../src/server-log.ts'
import { noOutcomes } from '../src/tally.ts'
import type { OutcomeCounts } from '../src/tally.ts'
import { Timeline } from '../src/timeline.ts'
import { judge } from '../src/verdict.ts'
import type { Verdict } from '../src/verdict.ts'

const QUIET: SelfReport = {
  eventLoopDelayMs: { count: 1, p50: 0, p99: 5, max: 40 },
  latenessMs: { count: 1, p50: 0.5, p99: 3, max: 40 },
  cpu: 0.2,
  peakMemoryMiB: 100,
}
const EXPOSED = { attempts: 3_000, drops: 0, fresh: 900, reused: 2_100, spanning: 30 }

interface Made {
  readonly outcomes?: Partial<OutcomeCounts>
  readonly exposure?: Partial<LedgerSummary['exposure']>
  readonly outcome?: RunRecord['outcome']
  readonly self?: Partial<SelfReport>
  readonly terminations?: number
  readonly gone?: boolean
  readonly killed?: boolean
}

function record(made: Made = {}): RunRecord {
  const { terminations = 3, gone = true, killed = false } = made
  const timeline = new Timeline()
  for (let index = 0; index < terminations; index += 1) {
    const pod = `old-${index}`
    timeline.add({ at: 1_000, type: 'pod-terminating', pod })
    if (gone) timeline.add({ at: 2_000, type: 'pod-gone', pod, exitCode: killed ? 137 : 0, killed })
  }
  const outcomes = { ...noOutcomes(), answered: 9_000, ...made.outcomes }
  const attempts = Object.values(outcomes).reduce((total, value) => total + value, 0)
  const { answered, unfinished, unclassified } = outcomes
  const drops = attempts - answered - unfinished - unclassified - outcomes['not-processed'] - outcomes['harness-fault']
  return {
    role: 'service',
    description: 'test',
    urls: [],
    startedAt: 0,
    endedAt: 0,
    rolloutStartedAt: 0,
    rolloutEndedAt: 0,
    outcome: made.outcome ?? { status: 'finished' },
    ledger: { ...new Ledger('zd-a').summary(), attempts, drops, outcomes, exposure: { ...EXPOSED, ...made.exposure } },
    timeline,
    serverLog: new ServerLog('zd-a', undefined),
    refusals: createRefusals(),
    connections: createNotes(),
    background: null,
    self: { ...QUIET, ...made.self },
    kept: true,
    leftover: undefined,
  }
}

const DROPPING = record({ outcomes: { reset: 40, truncated: 3 } })

const judged = (service: RunRecord, twin: RunRecord | null = DROPPING): Verdict =>
  judge({ service, twin: twin ?? undefined, twinSkipped: twin ? undefined : '--no-twin' })

describe('the verdict', () => {
  it('is proven when nothing was dropped, everything was seen and the twin did drop', () => {
    const { status, exitStatus, sentence, statistics } = judged(record())
    expect([status, exitStatus]).toEqual(['proven', 0])
    expect(sentence).toBe(
      'Proven: 0 of 9,000 requests dropped, 3,000 of them inside the hazard windows of 3 pod terminations, at 95 % ' +
        'confidence fewer than 1 in 1,000; the naive twin dropped 43 of 9,043 under the same load.',
    )
    expect(statistics).toMatchObject({ upperBoundPerRequest: 0.001, terminations: 3, twinDrops: 43 })
  })

  it('is drops when one request was, even without a twin or with a rollout that failed', () => {
    for (const outcome of [{ status: 'finished' }, { status: 'failed', reason: 'x' }] as const) {
      const verdict = judge({
        service: record({ outcomes: { closed: 1 }, outcome }),
        twin: undefined,
        twinSkipped: 'x',
      })
      expect([verdict.status, verdict.exitStatus]).toEqual(['drops', 1])
      expect(verdict.sentence).toContain('1 of 9,001 requests dropped (1 closed)')
      expect(verdict.statistics.upperBoundPerRequest).toBeNull()
    }
  })

  it.each([
    ['no twin', record(), null, '--no-twin'],
    ['a twin without drops', record(), record(), 'twin dropped nothing'],
    ['a failed rollout', record({ outcome: { status: 'failed', reason: 'ErrImagePull' } }), DROPPING, 'ErrImagePull'],
    ['an interrupted run', record({ outcome: { status: 'interrupted' } }), DROPPING, 'interrupted'],
    [
      'an interrupted run with drops',
      record({ outcome: { status: 'interrupted' }, outcomes: { reset: 2 } }),
      DROPPING,
      '2 of',
    ],
    [
      'an interrupted twin',
      record(),
      record({ outcome: { status: 'interrupted' }, outcomes: { reset: 2 } }),
      'interrupted',
    ],
    ['no termination', record({ terminations: 0 }), DROPPING, 'no pod was seen'],
    ['an end that was not seen', record({ gone: false }), DROPPING, 'old-0'],
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
      'time-outs of a harness that stalled',
      record({ outcomes: { 'timed-out': 3 }, self: { eventLoopDelayMs: { count: 1, p50: 0, p99: 1, max: 9_000 } } }),
      DROPPING,
      'stalled',
    ],
  ])('is inconclusive with %s', (_, service, twin, text) => {
    const { status, exitStatus, sentence } = judged(service, twin)
    expect([status, exitStatus]).toEqual(['inconclusive', 3])
    expect(sentence).toContain(text)
  })

  it('counts requests that HTTP calls safe to repeat apart from drops', () => {
    expect(judged(record({ outcomes: { 'not-processed': 5 } })).status).toBe('proven')
  })

  it('of the twin alone is drops, or else inconclusive', () => {
    expect(judge({ service: undefined, twin: DROPPING, twinSkipped: undefined }).exitStatus).toBe(1)
    expect(judge({ service: undefined, twin: record(), twinSkipped: undefined }).exitStatus).toBe(3)
  })
})
