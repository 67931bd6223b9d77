import { basename, extname } from 'node:path'
import type { HarnessError } from '../../base/errors.js'
import { EXIT, type ExitStatus } from '../../base/exit-status.js'
import { comparisonOf } from '../../reports/content/comparison/comparison.js'
import { readReport } from '../../reports/data/read-report.js'
import { caseOf } from '../../reports/format.js'
import { comparePage } from '../../reports/html/compare.js'
import { REPORTS } from '../../reports/index.js'
import type { Report } from '../../reports/report.js'
import { suiteReport } from '../../reports/suite.js'
import { compareText } from '../../reports/text-comparison.js'
import { textReport } from '../../reports/text.js'
import type { CompareSettings, ReportSettings } from '../settings/report-settings.js'
import { assertWritable, writeReports, writeSuite, writeText } from './output/report-file.js'
import { terminalWidth } from './output/terminal.js'

/**
 * Renders JSON reports again: one as a proof, several as a suite.
 *
 * @throws {UsageError | HarnessError}
 */
export function renderAgain({ files, outputs, verbose }: ReportSettings): ExitStatus {
  assertWritable(outputs)
  const reports = files.map((file) => ({ file, report: readReport(file) }))
  const written = [...outputs.values()]
  const width = terminalWidth()
  const [only] = reports
  if (only !== undefined && reports.length === 1) {
    process.stdout.write(textReport(only.report, { files: written, verbose, width }))
    return ended(writeReports(outputs, only.report))
  }
  if (verbose) for (const { report } of reports) process.stdout.write(`${textReport(report, { verbose, width })}\n`)
  const names = namesOf(reports)
  const page = REPORTS.find(({ flag }) => flag === 'html' && outputs.has(flag))
  const cases = reports.map(({ file, report }, index) => ({
    ...caseOf(report, { report: file, page: page?.defaultFile(file) ?? null }),
    scenario: names[index] ?? file,
  }))
  const rows = cases.map((each, index) => ({ ...each, ...numbersOf(reports[index]?.report) }))
  process.stdout.write(suiteReport(rows, { files: written, width }))
  const pages = reports.map(({ file, report }) =>
    page === undefined ? undefined : writeReports(new Map([[page.flag, page.defaultFile(file) ?? '']]), report),
  )
  return ended(pages.find((failure) => failure !== undefined) ?? writeSuite(outputs, cases))
}

/**
 * Puts two reports side by side.
 *
 * @throws {UsageError | HarnessError}
 */
export function compareReports({ before, after, html }: CompareSettings): ExitStatus {
  const outputs = html === undefined ? new Map<string, string>() : new Map([['html', html]])
  assertWritable(outputs)
  const [first, second] = [readReport(before), readReport(after)]
  const comparison = comparisonOf({ name: before, report: first }, { name: after, report: second })
  process.stdout.write(compareText(comparison, { files: [...outputs.values()], width: terminalWidth() }))
  if (html !== undefined) ended(writeText(html, comparePage(comparison, [first, second])))
  return comparison.exitStatus
}

/** The scenario of each report; the name of its file where two have the same scenario. */
function namesOf(reports: readonly { readonly file: string; readonly report: Report }[]): string[] {
  const scenarios = reports.map(({ report }) => caseOf(report, { report: null, page: null }).scenario)
  const unique = new Set(scenarios).size === scenarios.length
  return reports.map(({ file }, index) => (unique ? (scenarios[index] ?? file) : basename(file, extname(file))))
}

function numbersOf(report: Report | undefined): Pick<
  Report['verdict']['statistics'],
  'requests' | 'drops' | 'terminations' | 'twinDrops'
> & {
  readonly status: Report['verdict']['status']
} {
  const { requests = 0, drops = 0, terminations = 0, twinDrops = null } = report?.verdict.statistics ?? {}
  return { requests, drops, terminations, twinDrops, status: report?.verdict.status ?? 'inconclusive' }
}

function ended(failure: HarnessError | undefined): ExitStatus {
  if (failure !== undefined) throw failure
  return EXIT.proven
}
