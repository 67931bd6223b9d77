import { createHash } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import type { Proof } from '../../src/proof/prove.ts'
import { htmlReport } from '../../src/reports/html/page.ts'
import { reportOf } from '../../src/reports/report.ts'
import type { Report } from '../../src/reports/report.ts'
import { judge } from '../../src/verdict/verdict.ts'
import { rolloutOf } from '../fixtures/story.ts'
import type { Made } from '../fixtures/story.ts'

const GRACEFUL: Made = {
  pods: { old: { terminating: 1_000, gone: 9_000, switched: 2_500 }, fresh: { created: 200, ready: 900 } },
  log: [['old', 5_000, { state: 'draining' }]],
  attempts: [
    { start: 500, end: 510, pod: 'old' },
    { start: 4_900, end: 4_950, pod: 'old' },
    { start: 6_000, end: 6_010, pod: 'fresh' },
  ],
}
const NAIVE: Made = {
  pods: { 'old-naive': { terminating: 1_000, gone: 1_050, switched: 2_500 } },
  attempts: [
    { start: 500, end: 510, pod: 'old-naive' },
    { start: 1_400, end: 1_401, outcome: 'reset', port: 1, refusedBy: 'old-naive' },
  ],
}

/** The report of these runs, the twin last. */
function reported(service: Made, twin?: Made): Report {
  const rounds = [rolloutOf(service).record]
  const beside = twin && { ...rolloutOf(twin).record, role: 'twin' as const }
  const verdict = judge({
    rounds,
    twin: beside,
    twinSkipped: beside ? undefined : '--no-twin',
    selfTest: undefined,
    expects: 'replaced',
  })
  const proof: Proof = {
    runs: [...rounds, ...(beside ? [beside] : [])],
    verdict,
    twinSkipped: beside ? undefined : '--no-twin',
    selfTest: undefined,
  }
  return reportOf(proof, { rate: 200, url: ['http://10.0.0.1:30080'] }, '1.2.3')
}

const HOSTILE = `<script>alert(1)</script><img src="http://evil.example/x" onerror='alert(2)'>"'\u0000\u2028]]></title></style>`

/** The same report with hostile text in place of all text from outside. */
function hostile<Value>(value: Value, key = ''): Value {
  const kept = ['role', 'status', 'outcome', 'expected', 'type', 'of', 'assessment', 'stage', 'listenerClosedBy']
  if (typeof value === 'string') return (kept.includes(key) ? value : HOSTILE) as Value
  if (Array.isArray(value)) return value.map((each: unknown) => hostile(each, key)) as Value
  if (typeof value !== 'object' || value === null) return value
  const names = (name: string): string =>
    ['answered', 'clients', 'urls', 'settings'].includes(key) ? HOSTILE + name : name
  return Object.fromEntries(
    Object.entries(value).map(([name, each]) => [names(name), hostile(each as unknown, name)]),
  ) as Value
}

const scriptsOf = (page: string): string[] =>
  [...page.matchAll(/<script>([\s\S]*?)<\/script>/g)].map(([, script = '']) => script)

describe('report.html', () => {
  it('shows the verdict first, then the unanswered requests, then the service and the twin beside it', () => {
    const report = reported(NAIVE, NAIVE)
    const page = htmlReport(report)
    const places = [
      report.verdict.sentence.slice(0, 20),
      'The service: not answered',
      'do not exit on SIGTERM',
      'new connection refused 351 ms after old-naive had exited',
      'The service: <span class="bad">1 dropped</span>',
      'The naive twin: <span class="bad">1 dropped</span>',
    ].map((text) => page.replaceAll(/\s+/g, ' ').indexOf(text))
    expect(places).not.toContain(-1)
    expect(places).toEqual(places.toSorted((left, right) => left - right))
  })

  it('shows the life of each pod: SIGTERM, endpoint removed, listener closed, last arrivals, exit, and drops', () => {
    const graceful = htmlReport(reported(GRACEFUL))
    for (const mark of ['class="sigterm"', 'class="closed"', 'class="unrouted"', 'class="arrival fresh"', '>exit 0<']) {
      expect(graceful).toContain(mark)
    }
    expect(graceful).not.toContain('class="drop"')
    expect(htmlReport(reported(NAIVE))).toContain('class="drop"')
    expect(graceful).toMatch(/Margin, a near miss: .* 100 ms before the pod closed its listener; a delay of 5\.[89] s/)
  })

  it('holds the numbers of its charts, one for each second', () => {
    const page = htmlReport(reported(GRACEFUL))
    const data = JSON.parse(
      /<script type="application\/json" id="data">([\s\S]*?)<\/script\s*>/.exec(page)?.[1] ?? '',
    ) as {
      times: number[]
      versions: string[]
      answered: number[][]
      latency: number[][]
      signals: number[]
    }[]
    expect(data[0]).toMatchObject({ versions: ['v1'], signals: [1] })
    expect(data[0]?.answered[0]?.reduce((total, each) => total + each, 0)).toBe(3)
    expect(data[0]?.latency[0]).toHaveLength(data[0]?.times.length ?? -1)
  })

  it('loads nothing from the network, and allows no script but its own two', () => {
    const page = htmlReport(reported(GRACEFUL, NAIVE))
    expect(page).not.toMatch(/\s(?:src|href|action|data)\s*=\s*["']?(?!data:)/i)
    expect(page).not.toMatch(/@import|url\(|<link|<iframe|<object|<base/i)
    const hashes = scriptsOf(page).map((script) => createHash('sha256').update(script).digest('base64'))
    const policy = /Content-Security-Policy"\s+content="([^"]*)"/.exec(page)?.[1] ?? ''
    expect(hashes).toHaveLength(2)
    expect(policy.replaceAll('&#39;', "'")).toBe(
      `default-src 'none'; style-src 'unsafe-inline'; script-src ${hashes.map((hash) => `'sha256-${hash}'`).join(' ')}`,
    )
  })

  it('escapes all text from outside', () => {
    const service: Made = { ...NAIVE, events: [{ at: Date.now(), type: 'log-gap', detail: 'x' }] }
    const page = htmlReport(hostile(reported(service, NAIVE)))
    expect(page.match(/<script/g)).toHaveLength(3)
    expect(page.match(/<\/title>/g)?.length).toBe(htmlReport(reported(service, NAIVE)).match(/<\/title>/g)?.length)
    expect(page).not.toContain('<img')
    expect(page).not.toContain('\u0000')
    expect(page).toContain(
      '&lt;script&gt;alert(1)&lt;/script&gt;&lt;img src=&quot;http://evil.example/x&quot; onerror=&#39;',
    )
    // No text leaves its attribute: every quote in a tag belongs to the page itself.
    for (const tag of page.replaceAll(/<script[\s\S]*?<\/script>/g, '').match(/<[a-z][^>]*>/g) ?? []) {
      expect(tag).not.toContain("onerror='")
      expect((tag.match(/"/g) ?? []).length % 2).toBe(0)
    }
  })

  it('is complete if nothing ran', () => {
    const verdict = judge({
      rounds: [],
      twin: undefined,
      twinSkipped: 'the run was interrupted',
      selfTest: undefined,
      expects: 'replaced',
    })
    const page = htmlReport(reportOf({ runs: [], verdict, twinSkipped: 'x', selfTest: undefined }, {}, '1'))
    expect(page).toContain(verdict.sentence)
    expect(page.trimEnd()).toMatch(/<\/html>$/)
  })
})
