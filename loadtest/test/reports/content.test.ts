import { describe, expect, it } from 'vitest'
import { contentOf } from '../../src/reports/content/content.ts'
import { htmlReport } from '../../src/reports/html/page.ts'
import { REPORTS } from '../../src/reports/index.ts'
import { reportOf } from '../../src/reports/report.ts'
import type { Report } from '../../src/reports/report.ts'
import { textReport } from '../../src/reports/text.ts'
import { judge } from '../../src/verdict/verdict.ts'
import { rolloutOf } from '../fixtures/story.ts'

/** Returns the report of a run that has every kind of note. */
function fullReport(): Report {
  const { record, at } = rolloutOf({
    pods: { old: { terminating: 1_000, gone: 1_050, switched: 2_500 } },
    attempts: [
      { start: 500, end: 510, pod: 'old' },
      { start: 1_400, end: 1_401, outcome: 'reset', port: 1, refusedBy: 'old' },
      { start: 1_500, end: 1_501, outcome: 'not-processed' },
    ],
    log: [['old', 500, { msg: 'request started' }]],
  })
  record.timeline.add({ at: at(600), type: 'watch-gap', detail: 'the API was away for 2 s' })
  record.timeline.add({ at: at(700), type: 'log-gap', detail: 'the log of old broke off' })
  record.timeline.add({ at: at(800), type: 'container-ended', pod: 'old', exitCode: 137, reason: 'OOMKilled' })
  const run = {
    ...record,
    byStatusAlone: ['/status'],
    unmatched: [],
    connections: { opened: 3, closedEarly: 2, shortestIdleMs: 350, streamsEnded: 4 },
    background: {
      issued: 10,
      acknowledged: 9,
      unexpectedStatus: 0,
      unfinished: 0,
      lostAfterClose: 1,
      lost: 0,
      lostRequests: [],
      requestsPerSecond: 20,
      latencyMs: null,
      autocannon: { errors: 0, timeouts: 0, resets: 0 },
      crashed: null,
    },
    retrying: {
      requests: 5,
      answeredAtOnce: 4,
      answeredAfterRetries: 1,
      failed: 0,
      unfinished: 0,
      retries: 1,
      errors: [],
      latencyMs: { count: 5, p50: 1, p99: 2, max: 3 },
    },
  }
  const given = { twin: undefined, twinSkipped: '--no-twin', selfTest: undefined }
  const verdict = judge({ ...given, rounds: [run], expects: 'replaced' })
  return reportOf({ ...given, runs: [run], verdict }, { report: 'report.json' }, '1.2.3')
}

/** Returns the text of a page: without tags, with entities resolved and white space collapsed. */
const readable = (page: string): string =>
  page
    .replaceAll(/<script[\s\S]*?<\/script>|<style[\s\S]*?<\/style>|<[^>]*>/g, ' ')
    .replaceAll('&#39;', "'")
    .replaceAll('&quot;', '"')
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&amp;', '&')
    .replaceAll(/\s+/g, ' ')

describe('the content of a report', () => {
  const report = fullReport()
  const { runs, notes, verdict } = contentOf(report)
  const [run] = runs

  it('has a note about everything that a run found', () => {
    const topics =
      'not processed|idle connections closed before|event streams ended|watch .* had a gap|server logs have a gap|' +
      'container of old ended|Server logs: |judged by status alone|Client that retries|Background load|Harness: |stays in place'
    const found = topics.split('|').filter((topic) => run?.notes.some(({ text }) => new RegExp(topic).test(text)))
    expect(found).toEqual(topics.split('|'))
    expect(run?.notes).toHaveLength(found.length)
  })

  it('is rendered as text and as HTML, with the same sentences and the same cells', () => {
    const sentences = [
      verdict.sentence,
      ...notes.map(({ text }) => text),
      ...(run ? [run.description, run.rollout, ...(run.margin ? [run.margin.sentence] : [])] : []),
      ...(run?.notes.map(({ text }) => text) ?? []),
      ...(run?.unanswered?.advice ?? []),
      ...(run?.unanswered?.causes.flatMap(({ title, pods }) => [
        title,
        ...pods.flatMap(({ requests }) => requests.flatMap(({ cause, detail }) => [cause, detail])),
      ]) ?? []),
    ]
    const cells = [run?.outcomes, run?.pods].flatMap((table) =>
      (table?.columns ?? []).flatMap(({ header }, index) => [
        header,
        ...(table?.rows ?? []).map((row) => row[index]?.text ?? ''),
      ]),
    )
    expect(sentences.length).toBeGreaterThan(20)
    for (const rendered of [textReport(report, { verbose: true }), readable(htmlReport(report))]) {
      expect([...sentences, ...cells].filter((text) => !rendered.includes(text))).toEqual([])
    }
  })
})

describe('the list of reports', () => {
  it('gives each report a flag, a help text and a default file of its own', () => {
    expect(REPORTS.map((format) => [format.flag, format.defaultFile('/tmp/report.undo.json')])).toEqual([
      ['report', '/tmp/report.undo.json'],
      ['html', '/tmp/report.undo.html'],
      ['junit', undefined],
    ])
    expect(new Set(REPORTS.map(({ help }) => help)).size).toBe(REPORTS.length)
  })

  it('renders the same proof in every format', () => {
    const report = fullReport()
    for (const format of REPORTS) expect(format.render(report)).toContain(report.verdict.sentence.slice(0, 25))
  })
})
