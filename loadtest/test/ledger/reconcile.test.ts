import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { describe, expect, it } from 'vitest'
import { MESSAGE, OUTCOME_NAMES, OUTCOMES } from '../../src/base/attempt.ts'
import type { Outcome } from '../../src/base/attempt.ts'
import type { Blame } from '../../src/ledger/blame.ts'
import { now, toEpoch } from '../../src/base/clock.ts'
import { Ledger } from '../../src/ledger/ledger.ts'
import type { LedgerSummary } from '../../src/ledger/ledger.ts'
import { cloudCommunal } from '../../src/inputs/profile/cloud-communal.ts'
import { finalOutcome, NO_EVIDENCE } from '../../src/ledger/reconcile.ts'
import { createRefusals } from '../../src/ledger/refusals.ts'
import { ServerLog } from '../../src/ledger/logs/server-log.ts'
import type { Execution } from '../../src/ledger/logs/server-log.ts'

const URL = 'http://127.0.0.1:1'
const execution = (end: Execution['end'], times = 1): Execution => ({
  pod: 'old',
  earlierPod: undefined,
  times,
  end,
  startedAt: undefined,
  endedAt: undefined,
})

/** The view of a client; the log; whether the balancer refused; whether the logs are complete; the final outcome. */
const TABLE: readonly (readonly [Outcome, Execution | undefined, boolean, boolean, Outcome])[] = [
  ['answered', execution('finished'), false, true, 'answered'],
  ['answered', execution('aborted'), false, true, 'answered'],
  ['answered', undefined, false, false, 'answered'],
  ['answered', execution('finished', 2), false, true, 'executed-twice'],
  ['duplicated', execution('finished', 2), false, true, 'executed-twice'],
  ['duplicated', execution('finished'), false, true, 'duplicated'],
  ['reset', undefined, false, true, 'reset-before-start'],
  ['closed', undefined, false, true, 'reset-before-start'],
  ['reset', undefined, false, false, 'reset'],
  ['closed', undefined, false, false, 'closed'],
  ['reset', undefined, true, true, 'refused'],
  ['reset', undefined, true, false, 'refused'],
  ['reset', execution('unknown'), false, true, 'reset-after-start'],
  ['closed', execution('aborted'), false, true, 'reset-after-start'],
  ['closed', execution('aborted'), false, false, 'reset-after-start'],
  ['reset', execution('finished'), false, true, 'executed-unanswered'],
  ['unreachable', execution('finished'), false, true, 'executed-unanswered'],
  ['unreachable', undefined, false, true, 'unreachable'],
  ['not-processed', undefined, false, true, 'not-processed'],
  ['not-processed', execution('finished'), false, true, 'executed-unanswered'],
  ['not-processed', execution('unknown'), false, true, 'executed-unanswered'],
  ['timed-out', execution('finished'), false, true, 'timed-out'],
  ['timed-out', undefined, false, true, 'timed-out'],
  ['truncated', execution('aborted'), false, true, 'truncated'],
  ['wrong-body', execution('finished'), false, true, 'wrong-body'],
  ['5xx', execution('finished'), false, true, '5xx'],
  ['4xx', undefined, false, true, '4xx'],
  ['refused', undefined, false, true, 'refused'],
  ['reset', execution('unknown', 2), false, true, 'executed-twice'],
  ['starved', undefined, false, true, 'starved'],
  ['unfinished', execution('unknown'), false, true, 'unfinished'],
  ['harness-fault', undefined, false, true, 'harness-fault'],
  ['unclassified', execution('finished', 2), false, true, 'unclassified'],
]

describe('the final outcome', () => {
  it.each(TABLE)(
    'client saw %s, log %o, refused %s, complete logs %s: %s',
    (seen, known, refused, silence, outcome) => {
      expect(finalOutcome(seen, known, refused, silence)).toBe(outcome)
    },
  )

  it('is tested for every outcome that a client can see, and covers every outcome', () => {
    const unseen = ['reset-before-start', 'reset-after-start', 'executed-unanswered', 'executed-twice']
    expect(OUTCOME_NAMES.filter((name) => !TABLE.some(([seen]) => seen === name))).toEqual(unseen)
    expect(OUTCOME_NAMES.filter((name) => !TABLE.some(([, , , , outcome]) => outcome === name))).toEqual([])
  })

  it('of a drop is always a drop', () => {
    const drops = TABLE.filter(([seen]) => OUTCOMES[seen].standing === 'drop')
    expect(new Set(drops.map(([, , , , outcome]) => OUTCOMES[outcome].standing))).toEqual(new Set(['drop']))
  })
})

/** Attempts without an answer in time, by who is to blame. */
const LATE: readonly (readonly [Outcome, Execution | undefined, boolean, Blame, Outcome])[] = [
  ['timed-out', undefined, false, 'machine', 'starved'],
  ['timed-out', execution('finished'), false, 'machine', 'starved'],
  ['timed-out', execution('finished'), false, 'server', 'timed-out'],
  ['timed-out', execution('unknown'), false, 'server', 'timed-out'],
  ['timed-out', execution('finished'), false, 'network', 'executed-unanswered'],
  ['timed-out', execution('finished', 2), false, 'machine', 'executed-twice'],
  ['unreachable', undefined, false, 'machine', 'starved'],
  ['unreachable', execution('finished'), false, 'machine', 'executed-unanswered'],
  ['reset', undefined, true, 'machine', 'starved'],
  ['reset', execution('unknown'), false, 'machine', 'reset-after-start'],
  ['5xx', undefined, false, 'machine', '5xx'],
]

describe('the final outcome of an attempt without an answer in time', () => {
  it.each(LATE)('client saw %s, log %o, refused %s, blame %s: %s', (seen, known, refused, blame, outcome) => {
    expect(finalOutcome(seen, known, refused, false, blame)).toBe(outcome)
  })
})

interface Case {
  readonly seen: Outcome
  readonly lines?: readonly ('started' | 'finished' | 'aborted')[]
  readonly port?: number
  readonly reused?: boolean
  /** A message on an open WebSocket. */
  readonly message?: boolean
}

/** Closes a ledger of these attempts, all inside a hazard window, against a log with these lines. */
function reconciled(cases: readonly Case[], refusedPorts: readonly number[] = [], gaps = 0): LedgerSummary {
  const ledger = new Ledger('zd-a')
  const serverLog = new ServerLog('zd-a', cloudCommunal.serverLog, ledger.attempts)
  const refusals = createRefusals()
  for (let gap = 0; gap < gaps; gap += 1) serverLog.gap()
  ledger.beginHazard('old')
  for (const { seen, lines = [], port, reused = false, message = false } of cases) {
    const moment = now()
    const attempt = ledger.open(
      {
        client: 'post',
        url: URL,
        method: message ? MESSAGE : 'POST',
        path: '/',
        scheduledAt: moment,
        startedAt: moment,
        reused,
        pod: undefined,
        deadline: moment + 1_000,
      },
      () => undefined,
    )
    for (const line of lines) {
      const fields = line === 'started' ? { msg: 'request started' } : { msg: 'request', outcome: line }
      serverLog.line('old', JSON.stringify({ requestId: attempt.id, ...fields }))
    }
    if (port !== undefined && refusedPorts.includes(port)) {
      refusals.add({ at: toEpoch(now()), through: URL, clientPort: port, pod: 'old' })
    }
    ledger.close(attempt, { outcome: seen, detail: 'test', ...(port === undefined ? {} : { localPort: port }) })
  }
  return ledger.summary({ serverLog, refusals })
}

/** Closes a ledger of one attempt, with a shortage of files during it. */
function withoutFiles(seen: Outcome, { reused = false, executed = false } = {}): LedgerSummary {
  const ledger = new Ledger('zd-a')
  const serverLog = new ServerLog('zd-a', cloudCommunal.serverLog, ledger.attempts)
  const moment = now()
  const draft = { client: 'post', url: URL, method: 'POST', path: '/', scheduledAt: moment, startedAt: moment, reused }
  const open = (): ReturnType<Ledger['open']> =>
    ledger.open({ ...draft, pod: undefined, deadline: moment + 1_000 }, () => undefined)
  const [attempt, without] = [open(), open()]
  if (executed) serverLog.line('old', JSON.stringify({ requestId: attempt.id, msg: 'request started' }))
  ledger.close(attempt, { outcome: seen })
  ledger.close(without, { outcome: 'harness-fault', code: 'EMFILE' })
  const outOfFiles = (from: number, to: number): boolean => ledger.fileShortages.near(from, to)
  return ledger.summary({ ...NO_EVIDENCE, serverLog, outOfFiles })
}

const FINE: Case = { seen: 'answered', lines: ['started', 'finished'] }

describe('a ledger, reconciled', () => {
  it('counts each attempt with one outcome everywhere, and keeps what clients saw', () => {
    const summary = reconciled(
      [
        FINE,
        { seen: 'reset', lines: ['started'], reused: true },
        { seen: 'reset' },
        { seen: 'closed', lines: ['started', 'finished'] },
        { seen: 'reset', port: 4_711 },
        { seen: 'answered', lines: ['started', 'finished', 'started', 'finished'] },
        { seen: 'not-processed' },
      ],
      [4_711],
    )
    const expected = {
      answered: 1,
      'reset-after-start': 1,
      'reset-before-start': 1,
      'executed-unanswered': 1,
      refused: 1,
      'executed-twice': 1,
      'not-processed': 1,
      reset: 0,
      closed: 0,
    }
    expect(summary.outcomes).toMatchObject(expected)
    expect(summary.clients['post']?.outcomes).toMatchObject(expected)
    expect(summary.seen).toMatchObject({ answered: 2, reset: 3, closed: 1, 'not-processed': 1 })
    expect([summary.attempts, summary.drops, summary.exposure.drops]).toEqual([7, 5, 5])
    expect(summary.urls[URL]).toEqual({ attempts: 7, drops: 5 })
    expect(summary.seconds.reduce((total, { dropped }) => total + dropped, 0)).toBe(5)
    expect(summary.exposure).toMatchObject({ attempts: 7, fresh: 6, reused: 1 })
  })

  it('does not blame the service for a new connection that its load balancer had no file for', () => {
    expect(withoutFiles('reset')).toMatchObject({ drops: 0, outcomes: { 'harness-fault': 2 } })
    expect(withoutFiles('closed')).toMatchObject({ drops: 0, outcomes: { 'harness-fault': 2 } })
  })

  it('blames the service for its drops also while this machine is out of files', () => {
    expect(withoutFiles('reset', { reused: true })).toMatchObject({ drops: 1 })
    expect(withoutFiles('reset', { executed: true })).toMatchObject({ drops: 1, outcomes: { 'reset-after-start': 1 } })
    expect(withoutFiles('wrong-body')).toMatchObject({ drops: 1, outcomes: { 'wrong-body': 1 } })
  })

  it('lists attempts that only the logs show to be wrong', () => {
    const { failures } = reconciled([FINE, { seen: 'answered', lines: ['started', 'started'] }])
    expect(failures).toHaveLength(1)
    expect(failures[0]).toMatchObject({ id: 'zd-a-2', outcome: 'executed-twice', attempt: undefined, client: 'post' })
  })

  it('says where logs have gaps, and then takes their silence for nothing', () => {
    const summary = reconciled([FINE, { seen: 'answered' }, { seen: 'reset' }, { seen: 'reset', lines: ['started'] }])
    expect(summary.answeredWithoutLog).toBe(1)
    expect(summary.outcomes).toMatchObject({ reset: 1, 'reset-before-start': 0, 'reset-after-start': 1 })
    expect(reconciled([FINE, { seen: 'closed' }], [], 1).outcomes).toMatchObject({ closed: 1, 'reset-before-start': 0 })
    expect(reconciled([FINE, { seen: 'closed' }]).outcomes).toMatchObject({ closed: 0, 'reset-before-start': 1 })
  })

  it('does not miss WebSocket messages that the service never logs, and concludes nothing from their absence', () => {
    const unlogged = reconciled([
      FINE,
      { seen: 'answered', message: true },
      { seen: 'closed' },
      { seen: 'closed', message: true },
    ])
    expect(unlogged.answeredWithoutLog).toBe(0)
    expect(unlogged.outcomes).toMatchObject({ 'reset-before-start': 1, closed: 1 })
    const logged = reconciled([
      { ...FINE, message: true },
      { seen: 'answered', message: true },
    ])
    expect(logged.answeredWithoutLog).toBe(1)
  })

  it('concludes nothing from a missing request if the logs do not record starts', () => {
    const summary = reconciled([{ seen: 'answered', lines: ['finished'] }, { seen: 'reset' }])
    expect(summary.outcomes).toMatchObject({ reset: 1, 'reset-before-start': 0 })
    expect(summary.answeredWithoutLog).toBe(0)
  })

  it("is the clients' side alone without logs", () => {
    const summary = reconciled([{ seen: 'answered' }, { seen: 'reset' }])
    expect(summary.answeredWithoutLog).toBeNull()
    expect(summary.outcomes).toEqual(summary.seen)
  })

  it('takes only a few bytes for each request', () => {
    const ledger = new Ledger('zd-a')
    const serverLog = new ServerLog('zd-a', cloudCommunal.serverLog, ledger.attempts)
    const some = 100_000
    const fill = (): void => {
      for (let index = 0; index < some; index += 1) {
        const attempt = ledger.open(
          {
            client: 'post',
            url: URL,
            method: 'POST',
            path: `/${index}`,
            scheduledAt: 0,
            startedAt: 0,
            reused: false,
            pod: undefined,
            deadline: 0,
          },
          () => undefined,
        )
        serverLog.line('old', `{"msg":"request started","requestId":"${attempt.id}"}`)
        ledger.close(attempt, { outcome: 'answered' })
      }
    }
    setFlagsFromString('--expose-gc')
    const collect = runInNewContext('gc') as () => void
    fill()
    collect()
    const before = process.memoryUsage()
    fill()
    collect()
    const after = process.memoryUsage()
    // The arrays have doubled: 31 bytes for each of 262,144 requests. The engine may not have freed the old ones yet.
    expect(after.arrayBuffers - before.arrayBuffers).toBeLessThan(31 * 2 ** 18 + some)
    expect(after.heapUsed - before.heapUsed).toBeLessThan(20 * some)
    expect(ledger.summary({ serverLog, refusals: createRefusals() }).outcomes.answered).toBe(2 * some)
  })
})

describe('a connection that was refused because no pod was ready', () => {
  it.each([
    [true, true, 'starved'],
    [true, false, 'refused'],
    [false, true, 'refused'],
  ] as const)('no CPU to spare %s, a pod that failed its readiness %s: %s', (starved, unready, outcome) => {
    const ledger = new Ledger('zd-a')
    const refusals = createRefusals()
    const moment = now()
    const request = { client: 'post', url: URL, method: 'GET', path: '/', reused: false, pod: undefined }
    const times = { scheduledAt: moment, startedAt: moment, deadline: moment + 1_000 }
    const attempt = ledger.open({ ...request, ...times }, () => undefined)
    refusals.add({ at: toEpoch(now()), through: URL, clientPort: 5, pod: undefined })
    ledger.close(attempt, { outcome: 'reset', detail: 'test', localPort: 5 })
    const serverLog = new ServerLog('zd-a', undefined)
    const evidence = { serverLog, refusals, starved: () => starved, isUnready: () => unready }
    expect(ledger.summary(evidence).outcomes).toMatchObject({ [outcome]: 1 })
  })
})

describe('refusals', () => {
  it('distinguish connections of one port by time', () => {
    const refusals = createRefusals()
    refusals.add({ at: 1_000, through: URL, clientPort: 5, pod: 'a' })
    refusals.add({ at: 90_000, through: URL, clientPort: 5, pod: 'b' })
    expect(refusals.find(URL, 5, 950, 1_050)?.pod).toBe('a')
    expect(refusals.find(URL, 5, 89_990, 90_001)?.pod).toBe('b')
    expect(refusals.find(URL, 5, 30_000, 31_000)).toBeUndefined()
    expect(refusals.find('http://127.0.0.1:2', 5, 950, 1_050)).toBeUndefined()
  })
})
