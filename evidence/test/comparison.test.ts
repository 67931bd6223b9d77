import { describe, expect, it } from 'vitest'
import { argumentsOf, CASES } from '../comparison/cases.ts'
import { markdown } from '../comparison/document.ts'
import { figuresOf } from '../comparison/figures.ts'
import { readProveSettings } from '../../loadtest/src/cli/settings/prove-settings.ts'
import type { Report } from '../../loadtest/src/reports/report.ts'

const pod = (values: object): object => ({
  createdAt: 0,
  readyAt: 0,
  terminatingAt: null,
  endpointRemovedAt: null,
  lastFreshArrivalAt: null,
  goneAt: null,
  ...values,
})

const report = {
  runs: [
    {
      rolloutStartedAt: 1_000,
      rolloutEndedAt: 31_000,
      outcome: { status: 'finished' },
      requests: { attempts: 5_000, drops: 3 },
      unanswered: [
        { outcome: 'reset', stage: 'gone' },
        { outcome: 'closed', stage: 'draining' },
        { outcome: 'reset', stage: 'gone' },
        // Not a drop.
        { outcome: 'not-processed', stage: 'draining' },
      ],
      pods: [
        pod({ terminatingAt: 10_000, endpointRemovedAt: 10_100, lastFreshArrivalAt: 12_000, goneAt: 25_000 }),
        pod({ terminatingAt: 11_000, endpointRemovedAt: 11_300, lastFreshArrivalAt: 11_500, goneAt: 24_000 }),
        // Without a last connection and without an end.
        pod({ terminatingAt: 12_000, endpointRemovedAt: 12_500 }),
        pod({ createdAt: 2_000, readyAt: 4_000 }),
        // A broken version that was never ready, so it does not count.
        pod({ createdAt: 3_000, readyAt: null, terminatingAt: 5_000, goneAt: 5_000 }),
      ],
    },
  ],
  verdict: { sentence: '' },
} as unknown as Report

describe('the comparison of the two targets', () => {
  it('reads the figures from a report', () => {
    expect(figuresOf(report)).toEqual({
      outcome: 'finished',
      requests: 5_000,
      drops: 3,
      outcomes: { closed: 1, reset: 2 },
      stages: { draining: 1, gone: 2 },
      terminations: 3,
      rollout: 30_000,
      start: 2_000,
      unready: 300,
      lastNew: 1_250,
      end: 14_000,
    })
  })

  it('shows both targets, one value if they agree, and what has not run', () => {
    const [one] = CASES
    if (one === undefined) throw new Error('no case')
    const local = figuresOf(report)
    const text = markdown([
      { one, local, kubernetes: { ...local, drops: 4, end: 15_500 } },
      { one, local, kubernetes: undefined },
    ])
    expect(text).toContain('| finished | 5,000 | 3 / 4 | 3 | 2.0 | 0.3 | 1.3 | 14.0 / 15.5 | 30.0 |')
    expect(text).toContain('| finished / not run | 5,000 / not run |')
    expect(text).toContain('| 2 reset, 1 closed | 2 reset, 1 closed | 2 gone, 1 draining | 2 gone, 1 draining |')
  })

  it('uses valid command lines', () => {
    const cluster = {
      image: 'registry/name:v2',
      namespace: 'cloud',
      urls: ['http://10.0.0.1:80', 'http://10.0.0.2:80'],
    }
    for (const one of CASES) {
      for (const side of ['local', 'kubernetes'] as const) {
        const [, ...args] = argumentsOf(one, side, cluster)
        expect(readProveSettings(args).scenario.scenario.name).toBe(one.scenario)
      }
    }
  })
})
