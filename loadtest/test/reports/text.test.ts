import { describe, expect, it } from 'vitest'
import { suiteReport } from '../../src/reports/suite.ts'
import { textReport } from '../../src/reports/text.ts'
import { hostile, interrupted, rolledOut } from '../fixtures/reports.ts'

const linesOf = (text: string): string[] => text.trimEnd().split('\n')
const FILES = ['/home/user/shop/report.json', '/home/user/shop/report.html']

describe('the report on a terminal', () => {
  it.each([80, 100, 120])('takes one screen of %i columns for a proven run, the twin in two lines', (width) => {
    const report = { ...rolledOut(), verdict: { ...rolledOut().verdict, status: 'proven' as const } }
    const lines = linesOf(textReport(report, { files: FILES, width }))
    expect(lines.length).toBeLessThanOrEqual(30)
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(width)
    const text = lines.join('\n')
    for (const part of ['0 of 960 requests dropped', '2xk9p', 'Margin', 'p99 at most']) expect(text).toContain(part)
    const twin = lines.findIndex((line) => line.startsWith('The naive twin: '))
    expect(lines.slice(twin).indexOf('')).toBeLessThanOrEqual(2)
    expect(lines.slice(lines.findIndex((line) => line.startsWith('Report: ')) + 1).join(' ')).toBe(
      report.verdict.sentence,
    )
  })

  it('has everything with --verbose: each table, note and request, the twin in full', () => {
    const short = linesOf(textReport(rolledOut()))
    const verbose = linesOf(textReport(rolledOut(), { verbose: true }))
    expect(verbose.length).toBeGreaterThan(2 * short.length)
    for (const start of ['  keep-alive', '  Harness: ', '    24 × ', '  new-connection']) {
      expect(verbose.some((line) => line.startsWith(start))).toBe(true)
      expect(short.some((line) => line.startsWith(start))).toBe(false)
    }
  })

  it('adds the causes of drops with an example, their pods, and what to do', () => {
    const text = textReport(rolledOut({ drops: 50 }), { width: 100 })
    expect(text).toMatch(/^ {4}10 × truncated: reused connection, after SIGTERM\n {6}4 at web-5d8f7c9b4-2xk9p, 3 at /m)
    expect(text).toMatch(/^ {2}What to do:\n {4}20 × answer with Connection: close/m)
    expect(linesOf(text).length).toBeLessThan(60)
  })

  it('breaks no line if the output is no terminal, and ends with the verdict', () => {
    const report = rolledOut({ drops: 50 })
    expect(linesOf(textReport(report)).at(-1)).toBe(report.verdict.sentence)
  })

  it('says that a run was interrupted and that the self-test did not finish', () => {
    const text = textReport(interrupted(), { width: 80 })
    expect(text).toContain('was interrupted after')
    expect(text).toContain('The self-test did not finish.')
    expect(text).toContain('Inconclusive: interrupted')
  })

  it('shows no control characters of a service', () => {
    const text = textReport(hostile(rolledOut({ drops: 50 })), { verbose: true })
    // oxlint-disable-next-line no-control-regex -- they are what it looks for
    expect(text).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f]/)
    expect(text).toContain(String.raw`\x1b[31m`)
  })
})

describe('the table of a suite on a terminal', () => {
  const row = { requests: 11_261, drops: 0, terminations: 3, twinDrops: 204, durationMs: 61_000, sentence: 'all good' }
  const rows = Array.from({ length: 10 }, (_, index) => ({
    ...row,
    scenario: `scenario-${index}`,
    status: index === 3 ? ('drops' as const) : ('proven' as const),
  }))

  it('takes one screen for ten scenarios, with the sentences of those that were not proven', () => {
    const lines = linesOf(suiteReport(rows, { files: FILES, width: 80 }))
    expect(lines.length).toBeLessThanOrEqual(24)
    expect(lines.filter((line) => line.includes('all good'))).toEqual(['scenario-3: all good'])
    expect(lines.at(-1)).toBe('9 of 10 scenarios proven.')
  })
})
