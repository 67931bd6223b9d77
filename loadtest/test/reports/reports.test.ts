import { afterEach, describe, expect, it, vi } from 'vitest'
import { CLIENT_CLASSES } from '../../src/clients/index.ts'
import { prove } from '../../src/proof/prove.ts'
import type { Proof } from '../../src/proof/prove.ts'
import { reportOf, SCHEMA_VERSION } from '../../src/reports/report.ts'
import { createProgress } from '../../src/reports/progress.ts'
import { textReport } from '../../src/reports/text.ts'
import type { Role } from '../../src/verdict/story/run-record.ts'
import { shortProof } from '../fixtures/run-options.ts'
import { profile, startService } from '../fixtures/service.ts'
import type { Service } from '../fixtures/service.ts'
import { FakeTarget } from '../fixtures/target.ts'

vi.mock('../../src/proof/self-test/self-test.ts', async (original) => {
  const { selfTestOnce } = await import('../fixtures/self-test-once.ts')
  return selfTestOnce(original)
})

const services: Service[] = []
afterEach(async () => {
  await Promise.all(services.splice(0).map((service) => service.close()))
})

const OPTIONS = { ...shortProof(), rate: 400, warmUpMs: 300 }

/** A service that drains, and a twin that closes every connection on SIGTERM. */
async function proof(
  options: { twin?: boolean; service?: 'graceful' | 'naive'; drops?: boolean } = {},
): Promise<Proof> {
  const { twin = true, service = 'graceful', drops = false } = options
  const targets = await Promise.all(
    [drops, true].map(async (naive) => {
      const served = await startService()
      services.push(served)
      const onTerminate = (): void => {
        served.server.close()
        served.server.closeAllConnections()
      }
      return new FakeTarget({ services: [served], drainMs: 1_500, ...(naive ? { onTerminate } : {}) })
    }),
  )
  const [graceful, naive] = targets
  const createTarget = (role: Role): FakeTarget => (role === 'service' ? graceful : naive) as FakeTarget
  return prove({ ...OPTIONS, createTarget, service, twin })
}

describe('a proof', () => {
  it('is reported as text and as JSON, each with its numbers', async () => {
    const found = await proof()
    const [service, twin] = found.runs
    expect(found.verdict.sentence).toMatch(/^Proven: 0 of \d+ requests dropped/)
    const text = textReport(reportOf(found, {}, '1'), { files: ['/tmp/report.json'], verbose: true })
    expect(text.trimEnd().split('\n').at(-1)).toBe(found.verdict.sentence)
    expect(text).toContain('Report: /tmp/report.json')
    for (const { name } of CLIENT_CLASSES.filter((client) => client.supports(profile)))
      expect(text).toMatch(new RegExp(`^  ${name} +[\\d,]+`, 'm'))
    expect(text).toMatch(/^ {2}pod-1 +v1 .* 0 +[\d,]+ /m)
    expect(text).toMatch(/^ +[\d,]+ × (closed|reset|truncated|refused)\S*: .*, after SIGTERM$/m)
    expect(text).toMatch(/^ +.* after pod-1 got SIGTERM$/m)
    expect(text).toMatch(/^ {2}What to do:\n +[\d,]+ × \w+/m)
    expect(text).toMatch(
      /^  Margin, a near miss: the last new connection reached pod-1 .* unknown when the pod closed its listener/m,
    )

    const report = reportOf(found, { rate: 400 }, '1.2.3')
    expect(report).toEqual(JSON.parse(JSON.stringify(report)))
    expect(report).toMatchObject({ schemaVersion: SCHEMA_VERSION, verdict: { status: 'proven' }, twinSkipped: null })
    expect(report.runs.map(({ role }) => role)).toEqual(['service', 'twin'])
    expect(report.runs[0]?.unanswered).toEqual([])
    expect(report.runs[1]?.unanswered).toHaveLength(twin?.ledger.drops ?? -1)
    expect(report.runs[1]?.unanswered[0]?.insideHazardWindow).toBe(true)
    expect(report.runs[1]?.unanswered.map(({ pod }) => pod)).toContain('pod-1')
    const answered = report.runs[0]?.traffic.seconds.reduce((total, { answered: by }) => total + (by['v1'] ?? 0), 0)
    expect(answered).toBe(service?.ledger.outcomes.answered)
  })

  it('skips the twin if it cannot change the verdict, and says why', async () => {
    const dropped = await proof({ drops: true })
    expect([dropped.runs.length, dropped.verdict.status]).toEqual([1, 'drops'])
    expect(textReport(reportOf(dropped, {}, '1'))).toContain('The naive twin did not run: the service dropped requests')
    const without = await proof({ twin: false })
    expect([without.runs.length, without.verdict.status]).toEqual([1, 'inconclusive'])
    expect(without.verdict.sentence).toContain('--no-twin')
  })

  it('keeps the results of the service if the twin cannot run', async () => {
    const served = await startService()
    services.push(served)
    const target = new FakeTarget({ services: [served], drainMs: 1_500 })
    const broken = new FakeTarget({ services: [], start: () => Promise.reject(new Error('no room for a clone')) })
    const { runs, verdict } = await prove({
      ...OPTIONS,
      createTarget: (role) => (role === 'service' ? target : broken),
    })
    expect(runs.map(({ role }) => role)).toEqual(['service'])
    expect([verdict.status, verdict.exitStatus]).toEqual(['inconclusive', 3])
    expect(verdict.sentence).toContain('it could not run: no room for a clone')
    expect(broken.calls.at(-1)).toBe('restore')
  })

  it('runs nothing else if asked for the twin alone', async () => {
    const { runs, verdict } = await proof({ service: 'naive' })
    expect(runs.map(({ role }) => role)).toEqual(['twin'])
    expect([verdict.status, verdict.exitStatus]).toEqual(['drops', 1])
  })
})

/** Returns what the progress line writes in a short run. */
const written = (isTTY: boolean): string => {
  let text = ''
  const progress = createProgress({
    isTTY,
    columns: 60,
    write: (part: string | Uint8Array) => Boolean((text += String(part))),
  })
  const target = new FakeTarget({ services: [] })
  const state = {
    role: 'service' as const,
    round: '',
    target,
    timeline: { pods: [], terminations: [] } as never,
    totals: () => ({ attempts: 1_235, answered: 1_234, drops: 1, inFlight: 0 }),
  }
  progress.phase?.('rolling out', state)
  progress.event?.({ at: 0, type: 'rollout-progress', detail: '', updated: 2, desired: 3 })
  progress.phase?.('cooling down', state)
  progress.end()
  return text
}

describe('the progress line', () => {
  it('is rewritten in place on a terminal, never wraps, and disappears at the end', () => {
    const lines = written(true).split('\r\u001B[K')
    expect(lines[1]).toMatch(/^0:00 rolling out · 0 pods · 1,234 answered · 1 dropped/)
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThan(60)
    expect(lines.at(-1)).toBe('')
  })

  it('is a line for each phase if the output is no terminal', () => {
    expect(written(false)).toBe(
      '0:00 rolling out · 0 pods · 1,234 answered · 1 dropped · 0 in flight\n' +
        '0:00 cooling down · 2/3 updated · 0 pods · 1,234 answered · 1 dropped · 0 in flight\n',
    )
  })
})
