import { createHash } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { htmlReport } from '../../src/reports/html/page.ts'
import { shares } from '../../src/reports/html/drops.ts'
import { suitePage } from '../../src/reports/html/suite.ts'
import { reportOf } from '../../src/reports/report.ts'
import type { Report } from '../../src/reports/report.ts'
import { textReport } from '../../src/reports/text.ts'
import { judge } from '../../src/verdict/verdict.ts'
import { hostile, rolledOut, suiteOfTen } from '../fixtures/reports.ts'

const scriptsOf = (page: string): string[] =>
  [...page.matchAll(/<script>([\s\S]*?)<\/script>/g)].map(([, script = '']) => script)

const markupOf = (page: string): string => page.replaceAll(/<(script|style)[\s\S]*?<\/\1>/g, '')

/** The figures of a page, without their legends. */
const figures = (report: Report): string =>
  markupOf(htmlReport(report)).replaceAll(/<ul class="legend"[\s\S]*?<\/ul>/g, '')

/** A report with many drops, as if the ledger had listed the first 10,000. */
function manyDrops(): Report {
  const report = rolledOut({ drops: 2_000 })
  const [run] = report.runs as [Report['runs'][number]]
  const unanswered = Array.from({ length: 5 }, () => run.unanswered).flat()
  const many = { ...run, unanswered, unansweredNotListed: 90_000, requests: { ...run.requests, drops: 100_000 } }
  return { ...report, runs: [many] }
}

describe('report.html', () => {
  it('shows the verdict first, then the drops by cause, then the service, then the twin', () => {
    const dropped = rolledOut({ drops: 50 })
    const page = markupOf(htmlReport(dropped))
    const places = [
      '<h1>50 of 1,010 requests dropped</h1>',
      dropped.verdict.sentence.slice(0, 20),
      'The service: 50 requests dropped, by cause and pod',
      'What to do',
      'refused: new connection, after SIGTERM',
      '<h2 id="run-0-title">The service: <span class="bad">50 dropped</span>',
    ].map((text) => page.indexOf(text))
    expect(places).not.toContain(-1)
    expect(places).toEqual(places.toSorted((left, right) => left - right))
    const proven = markupOf(htmlReport(rolledOut()))
    expect(proven.indexOf('id="run-0-title"')).toBeLessThan(proven.indexOf('id="run-1-title"'))
    expect(proven).toContain('120 requests dropped, as expected of the twin')
  })

  it('groups drops by cause and pod, with an anchor for each request that names its place in the JSON report', () => {
    const report = rolledOut({ drops: 50 })
    const page = markupOf(htmlReport(report))
    const [run] = report.runs
    expect(page.match(/<li class="cause"/g)).toHaveLength(5)
    expect(page.match(/<details class="pod">/g)).toHaveLength(15)
    const anchors = [...page.matchAll(/<li id="run-0-drop-(\d+)"><a href="#run-0-drop-\1">/g)].map(([, index]) =>
      Number(index),
    )
    expect(anchors.toSorted((left, right) => left - right)).toEqual(run?.unanswered.map((_, index) => index))
    const [first = 0] = anchors
    const row = page.slice(page.indexOf(`<li id="run-0-drop-${first}">`)).split('</li>')[0]
    expect(row).toContain(run?.unanswered[first]?.cause)
  })

  it('stays small with 100,000 drops and says how many it does not list', () => {
    const page = htmlReport(manyDrops())
    expect(page.length).toBeLessThan(1_500_000)
    expect(page.match(/<li id="run-0-drop-/g)).toHaveLength(2_000)
    expect(page).toContain(
      'The causes of the first 10,000 requests are known; 90,000 more were counted by outcome alone.',
    )
    expect(page).toContain('100,000 requests dropped')
  })

  it('stays small with 1,000 pods, 1,000 versions and an hour of traffic', () => {
    const report = rolledOut()
    const [run] = report.runs as [Report['runs'][number]]
    const [pod] = run.pods as [Report['runs'][number]['pods'][number]]
    const pods = Array.from({ length: 1_000 }, (_, index) => ({
      ...pod,
      pod: `${pod.pod}-${index}`,
      version: `v${index}`,
    }))
    const second = run.traffic.seconds[0] as (typeof run.traffic.seconds)[number]
    const seconds = Array.from({ length: 3_600 }, (_, index) => ({
      ...second,
      at: second.at + index * 1_000,
      answered: Object.fromEntries(Array.from({ length: 20 }, (__, place) => [`v${(index * 20 + place) % 1_000}`, 5])),
    }))
    const page = htmlReport({ ...report, runs: [{ ...run, pods, traffic: { ...run.traffic, seconds } }] })
    expect(page.length).toBeLessThan(1_500_000)
    expect(page).toContain('other versions')
    expect(page).toContain('940 more pods')
  })

  it('shows the life of each pod: SIGTERM, endpoint removed, listener closed, last arrivals, exit, and drops', () => {
    const graceful = figures(rolledOut({ twin: false }))
    for (const mark of ['sigterm', 'closed', 'unrouted', 'fresh', 'reused']) {
      expect(graceful.match(new RegExp(`class="mark ${mark}"`, 'g'))?.length ?? 0).toBeGreaterThan(0)
    }
    expect(graceful).toContain('>exit 0<')
    expect(graceful).not.toContain('class="mark drop"')
    expect(figures(rolledOut({ drops: 50 }))).toContain('class="mark drop"')
  })

  it('puts lanes and charts on one time axis', () => {
    const page = markupOf(htmlReport(rolledOut({ twin: false })))
    const signals = [...page.matchAll(/<i class="signal" style="left:([\d.]+)%">/g)].map(([, left]) => left)
    const lanes = [...page.matchAll(/<i class="mark sigterm" style="left:([\d.]+)%">/g)].map(([, left]) => left)
    expect(lanes).toHaveLength(3)
    expect(signals).toEqual(lanes)
    const ticks = [...page.matchAll(/<i class="tick" style="left:([\d.]+)%">/g)].map(([, left]) => left)
    const labels = [...page.matchAll(/<span style="left:([\d.]+)%">-?\d+ s</g)].map(([, left]) => left)
    expect(ticks).toEqual(labels)
    expect(page.match(/class="row chart"/g)).toHaveLength(2)
    expect(markupOf(htmlReport(rolledOut({ drops: 50 }))).match(/class="row chart"/g)).toHaveLength(3)
  })

  it('holds the numbers of its charts, one for each second', () => {
    const report = rolledOut({ drops: 50 })
    const data = JSON.parse(
      /<script type="application\/json" id="data">([\s\S]*?)<\/script\s*>/.exec(htmlReport(report))?.[1] ?? '',
    ) as {
      versions: string[]
      answered: number[][]
      dropped: number[]
      p50: (number | null)[]
      periodSeconds: number
    }[]
    const seconds = report.runs[0]?.traffic.seconds ?? []
    expect(data[0]).toMatchObject({ versions: ['v1'], periodSeconds: 1 })
    expect(data[0]?.answered[0]).toEqual(seconds.map(({ answered }) => answered['v1']))
    expect(data[0]?.dropped.reduce((total, each) => total + each, 0)).toBe(50)
    expect(data[0]?.p50).toHaveLength(seconds.length)
  })

  it('loads nothing from the network, and allows no script but its own', () => {
    const page = htmlReport(rolledOut())
    expect(markupOf(page)).not.toMatch(/\s(?:src|action)\s*=|href\s*=\s*["'](?!#|data:)/i)
    expect(page).not.toMatch(/@import|url\(|<iframe|<object|<base/i)
    const hashes = scriptsOf(page).map((script) => createHash('sha256').update(script).digest('base64'))
    const policy = /Content-Security-Policy" content="([^"]*)"/.exec(page)?.[1] ?? ''
    expect(hashes).toHaveLength(1)
    expect(policy.replaceAll('&#39;', "'")).toBe(
      `default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'; script-src 'sha256-${hashes[0]}'`,
    )
  })

  it.each([0, 50])('escapes all text from outside, with %i drops', (drops) => {
    const report = rolledOut({ drops })
    const page = htmlReport(hostile(report))
    expect(page.match(/<script/g)).toHaveLength(2)
    expect(page.match(/<\/title>/g)).toHaveLength(1)
    expect(page).not.toContain('<img')
    expect(page).not.toContain('\u0000')
    expect(page).not.toContain('\u001B')
    expect(page).toContain(
      '&lt;script&gt;alert(1)&lt;/script&gt;&lt;img src=&quot;http://evil.example/x&quot; onerror=&#39;',
    )
    // No text leaves its attribute: every quote in a tag belongs to the page itself.
    for (const tag of markupOf(page).match(/<[a-z][^>]*>/g) ?? []) {
      expect(tag).not.toContain("onerror='")
      expect((tag.match(/"/g) ?? []).length % 2).toBe(0)
    }
  })

  it('quotes the output of a program as it is', () => {
    const report = rolledOut()
    const [run] = report.runs as [Report['runs'][number]]
    const reason = 'the pod did not get ready; its last lines:\n  Error: boom\n    at load'
    const page = htmlReport({ ...report, runs: [{ ...run, outcome: { status: 'failed', reason } }] })
    expect(page).toMatch(/<pre[^>]*> {2}Error: boom\n {4}at load<\/pre>/)
  })

  it('shows what the doctor found before the runs, as the text report does with --verbose', () => {
    const report = rolledOut({ drops: 50 })
    const { object, place, message, instead } = report.findings[0] as Report['findings'][number]
    const page = markupOf(htmlReport(report))
    expect(page).toContain('<a href="#findings">')
    for (const text of [object, place, message, instead]) {
      expect(page).toContain(text)
      expect(textReport(report, { verbose: true })).toContain(text)
    }
    expect(markupOf(htmlReport(rolledOut()))).not.toContain('#findings')
  })

  it('is complete if nothing ran', () => {
    const given = { twin: undefined, twinSkipped: 'the run was interrupted', selfTest: undefined }
    const verdict = judge({ ...given, rounds: [], expects: 'replaced' })
    const page = htmlReport(reportOf({ ...given, runs: [], verdict }, {}, '1'))
    expect(page).toContain(verdict.sentence)
    expect(page.trimEnd()).toMatch(/<\/html>$/)
  })
})

describe('the page of a suite', () => {
  it('links to the page of each scenario that has one, relative to its own folder', () => {
    const page = markupOf(suitePage(suiteOfTen('/reports/pages'), '/reports/index.html'))
    const links = [...page.matchAll(/<h2><a href="([^"]*)">([^<]*)<\/a>/g)].map(([, href, name]) => `${name} ${href}`)
    expect(links).toHaveLength(9)
    expect(links[0]).toBe('scenario-0 pages/report.scenario-0.html')
    expect(page).toContain('<h1>7 of 10 scenarios proven</h1>')
    expect(page).toMatch(/<pre[^>]*> {2}Error: Cannot find module/)
  })
})

describe('the rows of a page', () => {
  it.each([
    [[10, 10], 100, [10, 10]],
    [[1, 1_000, 1], 10, [1, 8, 1]],
    [[100, 100, 100], 10, [3, 3, 4]],
    [[1_000, 2], 10, [8, 2]],
    [[], 10, []],
  ])('shared out over lists of %j, at most %i, are %j', (sizes, most, expected) => {
    const found = shares(sizes, most)
    expect(found).toEqual(expected)
    expect(found.every((share, index) => share <= (sizes[index] ?? 0))).toBe(true)
  })
})
