import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { afterEach, describe, expect, it, vi } from 'vitest'
import type { Outcome } from '../../src/base/attempt.ts'
import { newConnection } from '../../src/clients/classes/new-connection.ts'
import { Ledger } from '../../src/ledger/ledger.ts'
import type { LedgerSummary } from '../../src/ledger/ledger.ts'
import { startLoad } from '../../src/clients/load.ts'
import { cloudCommunal } from '../../src/inputs/profile/cloud-communal.ts'
import { createRefusals } from '../../src/ledger/refusals.ts'
import { ServerLog } from '../../src/ledger/logs/server-log.ts'
import { WIDE } from '../fixtures/load.ts'

const PROGRAM = fileURLToPath(new URL('../fixtures/programs/logging-service.js', import.meta.url))
const children: ChildProcess[] = []
afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL')
})

/** Runs a hundred requests on a real process with this fault, and reads its log to the last line. */
async function underLoad(fault: string): Promise<{ summary: LedgerSummary; planted: number }> {
  const child = spawn(process.execPath, [PROGRAM], {
    env: { FAULT: fault, EVERY: fault === 'killed' ? '60' : '10' },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  children.push(child)
  const ledger = new Ledger('zd-real')
  const serverLog = new ServerLog('zd-real', cloudCommunal.serverLog, ledger.attempts)
  let planted = 0
  const lines = createInterface({ input: child.stdout })
  const read = once(lines, 'close')
  const listening = new Promise<number>((resolve) => {
    lines.on('line', (line) => {
      serverLog.line('pod-1', line)
      const { msg, port } = JSON.parse(line) as { msg: string; port?: number }
      if (msg === 'planted') planted += 1
      if (port !== undefined) resolve(port)
    })
  })
  const url = `http://127.0.0.1:${await listening}`
  const profile = { ...cloudCommunal, paths: { read: cloudCommunal.paths.read } }
  const load = startLoad({ urls: [url], clients: [newConnection], profile, rate: 100, seed: 1, limits: WIDE, ledger })
  const attempts = (count: number): Promise<boolean> =>
    vi.waitUntil(() => ledger.totals.attempts >= count, { timeout: 60_000 })
  await attempts(100)
  if (fault === 'killed') {
    await read
    await attempts(ledger.totals.attempts + 20)
  }
  load.stop()
  await load.drain(WIDE.answerMs)
  child.kill('SIGKILL')
  await read
  return { summary: ledger.summary({ serverLog, refusals: createRefusals() }), planted }
}

describe('the faults of a real process, from its log and its clients', () => {
  it.each<[string, Outcome]>([
    ['cut-before-start', 'reset-before-start'],
    ['cut-after-start', 'reset-after-start'],
    ['executed-unanswered', 'executed-unanswered'],
    ['executed-twice', 'executed-twice'],
  ])('%s: each one is %s, and no other request fails', async (fault, outcome) => {
    const { summary, planted } = await underLoad(fault)
    expect(planted).toBeGreaterThan(3)
    expect(summary.outcomes).toMatchObject({ [outcome]: planted, answered: summary.attempts - planted })
    expect(summary.drops).toBe(planted)
  })

  it('killed: the log shows which requests had started; later ones were refused or not started', async () => {
    const { summary } = await underLoad('killed')
    const { outcomes } = summary
    expect(outcomes['reset-after-start']).toBeGreaterThanOrEqual(1)
    expect(outcomes.refused).toBeGreaterThan(5)
    expect([outcomes.reset, outcomes.closed, summary.answeredWithoutLog]).toEqual([0, 0, 0])
  })

  it('unlogged: answered, and counted as a gap of the log', async () => {
    const { summary, planted } = await underLoad('unlogged')
    expect([summary.answeredWithoutLog, summary.drops]).toEqual([planted, 0])
  })

  it('without a fault, no request fails', async () => {
    const { summary } = await underLoad('')
    expect(summary.attempts).toBeGreaterThan(60)
    expect(summary.outcomes.answered).toBe(summary.attempts)
    expect(summary.answeredWithoutLog).toBe(0)
  })
})
