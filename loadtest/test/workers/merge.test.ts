import { describe, expect, it } from 'vitest'
import type { Attempt } from '../../src/base/attempt.ts'
import { now } from '../../src/base/clock.ts'
import { createRefusals } from '../../src/ledger/refusals.ts'
import { Ledger, LedgerError } from '../../src/ledger/ledger.ts'
import type { AttemptDraft, EndedAttempt } from '../../src/ledger/ledger.ts'
import { ServerLog } from '../../src/ledger/logs/server-log.ts'
import { cloudCommunal } from '../../src/inputs/profile/cloud-communal.ts'

const draft = (changes: Partial<AttemptDraft> = {}): AttemptDraft => ({
  client: 'keep-alive',
  url: 'http://shop.store.svc:80',
  method: 'GET',
  path: '/',
  scheduledAt: now() - 10,
  startedAt: now() - 10,
  reused: false,
  pod: undefined,
  deadline: now() + 60_000,
  ...changes,
})

const ended = (number: number, changes: Partial<AttemptDraft> = {}, endedAt = now()): EndedAttempt => ({
  number,
  draft: draft(changes),
  ending: { outcome: 'answered', pod: 'shop-a' },
  endedAt,
})

const line = (number: number, msg: string): string =>
  JSON.stringify({ requestId: `zd-run-${number.toString(36)}`, msg, time: new Date().toISOString() })

describe('one ledger from those of several workers', () => {
  it('has the attempts of all, each under an id that no other worker uses', () => {
    const merged = new Ledger('zd-run')
    const ids: string[] = []
    for (const index of [0, 1, 2]) {
      const own = new Ledger('zd-run', { share: { index, of: 3 }, ended: (attempt) => merged.record(attempt) })
      const opened: Attempt[] = Array.from({ length: 100 }, () => own.open(draft(), () => undefined))
      ids.push(...opened.map(({ id }) => id))
      for (const [place, attempt] of opened.entries()) {
        own.close(attempt, place < 7 ? { outcome: 'reset', detail: 'RST' } : { outcome: 'answered' })
      }
    }
    const { attempts, drops, outcomes, failures, clients } = merged.summary()
    expect([attempts, drops, outcomes.reset, outcomes.answered]).toEqual([300, 21, 21, 279])
    expect(clients['keep-alive']?.latencyMs.count).toBe(279)
    expect(new Set(ids)).toHaveLength(300)
    expect(failures.every(({ id }) => ids.includes(id))).toBe(true)
  })

  it('is complete without the numbers of a lost worker', () => {
    const merged = new Ledger('zd-run')
    for (const number of [1, 5, 9, 4_001]) merged.record(ended(number))
    expect(merged.totals).toMatchObject({ attempts: 4, answered: 4, inFlight: 0 })
    expect(merged.summary().attempts).toBe(4)
  })

  it('finds the hazard windows by the times of each attempt, because it is reported later', () => {
    const merged = new Ledger('zd-run')
    const before = now()
    merged.beginHazard('shop-a')
    const during = now() + 0.001
    const [early, late] = [before - 1_000, during + 60_000]
    merged.record(ended(1, { startedAt: early }, early + 10))
    merged.record(ended(2, { startedAt: early }, late))
    merged.record(ended(3, { startedAt: during + 1 }, late))
    merged.endHazard('shop-a')
    const after = now() + 0.001
    merged.record(ended(4, { startedAt: after + 1 }, after + 2))
    const { exposure } = merged.summary()
    expect(exposure).toMatchObject({ attempts: 2, spanning: 1 })
  })

  it('amends an attempt that got a second answer, and refuses any other second report', () => {
    const merged = new Ledger('zd-run')
    merged.record(ended(1))
    merged.record({ ...ended(1), ending: { outcome: 'duplicated', detail: 'twice' } })
    expect(merged.summary().outcomes).toMatchObject({ answered: 0, duplicated: 1 })
    expect(() => merged.record(ended(1))).toThrow(LedgerError)
  })

  it('takes log lines of requests that are reported later, and their connections', () => {
    const merged = new Ledger('zd-run')
    const log = new ServerLog('zd-run', cloudCommunal.serverLog, merged.reportedLate)
    for (const number of [1, 2]) {
      log.line('shop-a', line(number, 'request started'))
      log.line('shop-a', line(number, 'request finished'))
    }
    merged.record(ended(1, { reused: true }))
    merged.record(ended(2))
    const { answeredWithoutLog } = merged.summary({ serverLog: log, refusals: createRefusals() })
    expect(answeredWithoutLog).toBe(0)
    const { lastFreshArrivalAt, lastReusedArrivalAt } = log.pod('shop-a') ?? {}
    expect([typeof lastFreshArrivalAt, typeof lastReusedArrivalAt]).toEqual(['number', 'number'])
  })
})
