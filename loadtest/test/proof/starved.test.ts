import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { newConnection } from '../../src/clients/classes/new-connection.ts'
import { Ledger } from '../../src/ledger/ledger.ts'
import type { LedgerSummary } from '../../src/ledger/ledger.ts'
import { startLoad } from '../../src/clients/load.ts'
import { cloudCommunal } from '../../src/inputs/profile/cloud-communal.ts'
import { createRefusals } from '../../src/ledger/refusals.ts'
import { run } from '../../src/proof/run.ts'
import type { RunRecord } from '../../src/verdict/story/run-record.ts'
import { watchSelf } from '../../src/base/machine/self-watch.ts'
import { ServerLog } from '../../src/ledger/logs/server-log.ts'
import { judge } from '../../src/verdict/verdict.ts'
import { shortRun } from '../fixtures/run-options.ts'
import { DROPPING, PASSED, record } from '../fixtures/record.ts'
import { profile, startService } from '../fixtures/service.ts'
import type { Service } from '../fixtures/service.ts'
import { FakeTarget } from '../fixtures/target.ts'

const LIMITS = { connectMs: 5_000, answerMs: 5_000 }
/** Long enough to blame the server, although the block delays connections, starts and timeouts by more than a second each. */
const LATE = 9_000

let service: Service | undefined
let blocking: NodeJS.Timeout | undefined
afterEach(async () => {
  clearInterval(blocking)
  await service?.close()
  service = undefined
})

function spin(): void {
  const until = performance.now() + 1_400
  while (performance.now() < until);
}

/** Blocks the event loop of this process for three quarters of the time. */
function block(): void {
  setTimeout(spin, 50)
  blocking = setInterval(spin, 1_800)
}

type Kind = 'swallowed by the network' | 'late'

/** Runs load on a service with a known log. Every 20th answer is late or lost. */
async function underLoad(kind: Kind, blocked: boolean): Promise<{ summary: LedgerSummary; planted: number }> {
  const ledger = new Ledger('zd-a')
  const serverLog = new ServerLog('zd-a', cloudCommunal.serverLog, ledger.attempts)
  const say = (requestId: unknown, rest: object): void =>
    serverLog.line('pod-1', JSON.stringify({ requestId, time: Date.now(), ...rest }))
  const finished = { msg: 'request', outcome: 'finished' }
  let answeredLate = 0
  service = await startService({
    every: 20,
    fault: ({ headers }, response) => {
      say(headers['x-request-id'], { msg: 'request started' })
      if (kind === 'swallowed by the network') say(headers['x-request-id'], finished)
      else
        setTimeout(() => {
          response.end('{}')
          // Logged even if the client is gone: a start that the block delayed does not prove enough.
          say(headers['x-request-id'], finished)
          answeredLate += 1
        }, LATE)
    },
  })
  const self = watchSelf(() => ({ waited: undefined, pressure: undefined }))
  if (blocked) block()
  const options = { clients: [newConnection], profile, rate: 60, seed: 1, limits: LIMITS, ledger }
  const load = startLoad({ ...options, urls: [service.url] })
  await sleep(1_500)
  load.stop()
  await load.drain(LIMITS.answerMs + 1_000)
  if (kind === 'late') await vi.waitUntil(() => answeredLate === service?.planted, { timeout: 2 * LATE })
  clearInterval(blocking)
  self.stop(ledger.latenessMs())
  const { starved } = self
  return { summary: ledger.summary({ serverLog, refusals: createRefusals(), starved }), planted: service.planted }
}

describe('a request without an answer in time, with a known server log', () => {
  it.each([
    ['swallowed by the network', true, 'starved', 'inconclusive'],
    ['swallowed by the network', false, 'executed-unanswered', 'drops'],
    ['late', true, 'timed-out', 'drops'],
    ['late', false, 'timed-out', 'drops'],
  ] as const)('%s, the harness blocked %s: %s, %s', async (kind, blocked, outcome, status) => {
    const { summary, planted } = await underLoad(kind, blocked)
    expect(planted).toBeGreaterThan(1)
    expect(summary.outcomes).toMatchObject({ [outcome]: planted, answered: summary.attempts - planted })
    expect(summary.seen).toMatchObject({ 'timed-out': planted })
    const found = { ...record(), ledger: { ...summary, exposure: record().ledger.exposure } }
    const verdict = judge({ rounds: [found], twin: DROPPING, twinSkipped: undefined, selfTest: PASSED })
    expect(verdict.status).toBe(status)
  })
})

/** A whole run against a service that leaves every 20th request unanswered, without a known log. */
async function wholeRun(): Promise<RunRecord> {
  service = await startService({ every: 20, fault: () => undefined })
  const target = new FakeTarget({ services: [service], drainMs: 2_000 })
  return run({
    ...shortRun(),
    createTarget: () => target,
    profile,
    clients: [newConnection],
    rate: 60,
    limits: LIMITS,
  })
}

describe('a whole run on a machine with no CPU to spare', () => {
  it('is inconclusive, and says why', async () => {
    block()
    const found = await wholeRun()
    const { outcomes, drops } = found.ledger
    expect(outcomes.starved).toBeGreaterThan(1)
    expect([outcomes['timed-out'], drops]).toEqual([0, 0])
    const verdict = judge({ rounds: [found], twin: DROPPING, twinSkipped: undefined, selfTest: PASSED })
    expect(verdict.status).toBe('inconclusive')
    expect(verdict.sentence).toMatch(
      /but \d+ requests timed out while this machine had no CPU to spare \(zero-drop waited for a CPU for \d\d % of the time/,
    )
    expect(verdict.sentence).toContain('no server log blames the service: run again on a quieter machine')
  })

  it('makes its twin prove nothing', () => {
    const twin = record({ outcomes: { starved: 40 } })
    const verdict = judge({ rounds: [record()], twin, twinSkipped: undefined, selfTest: PASSED })
    expect(verdict.sentence).toContain('the naive twin dropped no request under the same load')
    expect(verdict.sentence).toContain('40 more requests timed out because this machine had no CPU to spare')
  })
})
