import { describe, expect, it } from 'vitest'
import { OUTCOME_NAMES } from '../../src/base/attempt.ts'
import type { Attempt } from '../../src/base/attempt.ts'
import { now } from '../../src/base/clock.ts'
import { Ledger, LedgerError } from '../../src/ledger/ledger.ts'
import type { AttemptDraft } from '../../src/ledger/ledger.ts'
import { createRoutes } from '../../src/ledger/routes.ts'
import { createRandom } from '../../src/base/random.ts'

const draft = (changes: Partial<AttemptDraft> = {}): AttemptDraft => ({
  client: 'keep-alive',
  url: 'http://127.0.0.1:1',
  method: 'GET',
  path: '/',
  scheduledAt: now(),
  startedAt: now(),
  reused: false,
  pod: undefined,
  deadline: now() + 60_000,
  ...changes,
})

const open = (ledger: Ledger, changes?: Partial<AttemptDraft>): Attempt =>
  ledger.open(draft(changes), (outcome) => undefined as void | typeof outcome)

describe('the ledger', () => {
  it('tells 400 clients apart', () => {
    const ledger = new Ledger('zd-a')
    for (let client = 0; client < 400; client += 1) {
      ledger.close(open(ledger, { client: `client ${client}` }), { outcome: 'answered' })
    }
    const { clients } = ledger.summary()
    expect(Object.values(clients).map(({ attempts }) => attempts)).toEqual(Array.from({ length: 400 }, () => 1))
  })

  it('takes the pod of an answer from the load balancer, if it knows the connection', () => {
    const routes = createRoutes()
    const url = 'http://127.0.0.1:1'
    routes.add({ through: url, clientPort: 7, pod: 'old' })
    routes.add({ through: url, clientPort: 7, pod: 'new' })
    routes.add({ through: 'http://127.0.0.1:2', clientPort: 7, pod: 'other' })
    const ledger = new Ledger('zd-a', { routes })
    ledger.close(open(ledger), { outcome: 'answered', localPort: 7, pod: 'the host' })
    ledger.close(open(ledger), { outcome: 'answered', localPort: 8, pod: 'named' })
    ledger.close(open(ledger), { outcome: 'reset', detail: 'test', localPort: 7 })
    const { pods, failures } = ledger.summary()
    expect(Object.keys(pods)).toEqual(['new', 'named'])
    expect(failures[0]?.ending.pod).toBe('new')
  })

  it('gives every attempt exactly one outcome, in any order', () => {
    const random = createRandom(3)
    const ledger = new Ledger('zd-a')
    const opened: Attempt[] = []
    const expected = Object.fromEntries(OUTCOME_NAMES.map((name) => [name, 0]))
    for (let step = 0; step < 5_000; step += 1) {
      if (random.next() < 0.5 || opened.length === 0) {
        opened.push(open(ledger, { client: `client ${random.whole(1, 3)}` }))
      } else {
        const [attempt] = opened.splice(random.whole(0, opened.length - 1), 1)
        const outcome = OUTCOME_NAMES[random.whole(0, OUTCOME_NAMES.length - 1)] ?? 'answered'
        expected[outcome] = (expected[outcome] ?? 0) + 1
        if (attempt) ledger.close(attempt, { outcome, detail: 'test' })
      }
    }
    for (const attempt of opened) ledger.close(attempt, { outcome: 'answered' })
    expected['answered'] = (expected['answered'] ?? 0) + opened.length
    const summary = ledger.summary()
    expect(summary.outcomes).toEqual(expected)
    const byClient = Object.values(summary.clients)
    expect(byClient.reduce((total, { attempts }) => total + attempts, 0)).toBe(summary.attempts)
    expect(byClient.reduce((total, { drops }) => total + drops, 0)).toBe(summary.drops)
    expect(summary.failures).toHaveLength(summary.attempts - (expected['answered'] ?? 0))
  })

  it('never repeats an id', () => {
    const ledger = new Ledger('zd-a')
    const ids = Array.from({ length: 1_000 }, () => open(ledger).id)
    expect(new Set(ids).size).toBe(1_000)
  })

  it('rejects a second end, and a summary with open attempts', () => {
    const ledger = new Ledger('zd-a')
    const attempt = open(ledger)
    expect(() => ledger.summary()).toThrow(LedgerError)
    ledger.close(attempt, { outcome: 'answered' })
    expect(() => ledger.close(attempt, { outcome: 'reset', detail: '' })).toThrow(LedgerError)
    expect(ledger.summary().attempts).toBe(1)
  })

  it('changes the ending of an answered attempt once, and of no other attempt', () => {
    const ledger = new Ledger('zd-a')
    const [first, second] = [open(ledger), open(ledger)]
    ledger.close(first, { outcome: 'answered' })
    ledger.close(second, { outcome: 'reset', detail: '' })
    expect(ledger.amend(first, { outcome: 'duplicated', detail: '' })).toBe(true)
    expect(ledger.amend(first, { outcome: 'duplicated', detail: '' })).toBe(false)
    expect(ledger.amend(second, { outcome: 'duplicated', detail: '' })).toBe(false)
    expect(ledger.summary()).toMatchObject({
      attempts: 2,
      drops: 2,
      outcomes: { answered: 0, duplicated: 1, reset: 1 },
    })
    expect(ledger.totals).toMatchObject({ answered: 0, drops: 2 })
  })

  it('counts attempts that were in flight at the start of a hazard window, or started in it', () => {
    const ledger = new Ledger('zd-a')
    const before = open(ledger)
    const spanning = open(ledger)
    ledger.close(before, { outcome: 'answered' })
    ledger.beginHazard('old-1')
    const inside = open(ledger, { reused: true })
    ledger.beginHazard('old-2')
    ledger.endHazard('old-1')
    const still = open(ledger)
    ledger.endHazard('old-2')
    const after = open(ledger)
    for (const attempt of [spanning, inside, after]) ledger.close(attempt, { outcome: 'answered' })
    ledger.close(still, { outcome: 'reset', detail: '' })
    expect(ledger.summary().exposure).toEqual({ attempts: 3, drops: 1, fresh: 2, reused: 1, spanning: 2 })
    expect(ledger.summary().reused).toBe(1)
  })

  it('does not count harness faults as exposure', () => {
    const ledger = new Ledger('zd-a')
    ledger.beginHazard('old-1')
    ledger.close(open(ledger), { outcome: 'harness-fault', detail: '' })
    expect(ledger.summary().exposure).toMatchObject({ attempts: 0, fresh: 0 })
  })

  it('bounds its memory if nothing is answered', () => {
    const ledger = new Ledger('zd-a')
    for (let index = 0; index < 12_000; index += 1) ledger.close(open(ledger), { outcome: 'refused', detail: '' })
    const summary = ledger.summary()
    expect(summary.failures).toHaveLength(10_000)
    expect(summary.failuresNotListed).toBe(2_000)
    expect(summary.drops).toBe(12_000)
  })

  it('measures latency from when a request was due', () => {
    const ledger = new Ledger('zd-a')
    ledger.close(open(ledger, { scheduledAt: now() - 1_000 }), { outcome: 'answered' })
    expect(ledger.summary().clients['keep-alive']?.latencyMs.max).toBeGreaterThanOrEqual(1_000)
  })

  it('gives up overdue attempts only', () => {
    const ledger = new Ledger('zd-a')
    const given: string[] = []
    ledger.open(draft({ deadline: now() - 1 }), (outcome) => void given.push(`late ${outcome}`))
    ledger.open(draft(), (outcome) => void given.push(`in time ${outcome}`))
    ledger.giveUpOverdue()
    expect(given).toEqual(['late timed-out'])
    ledger.giveUpAll()
    expect(given.at(-1)).toBe('in time unfinished')
  })
})
