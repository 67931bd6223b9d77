import { extname } from 'node:path'
import { UsageError } from '../../base/errors.js'
import type { ReportFormat } from '../../reports/format.js'
import { REPORTS } from '../../reports/index.js'
import type { CommandLine } from '../flags/parse.js'
import { fromHere } from './paths.js'

/** Absolute paths of report files, by the flags of their formats. */
export type ReportFiles = ReadonlyMap<string, string>

type Given = CommandLine<unknown>['given']

/** The file of the first report, from which the others take their default names. */
const [FIRST = 'report'] = REPORTS.map(({ flag }) => flag)
const DEFAULT_FILE = 'report.json'

/**
 * Returns the report files of one proof.
 *
 * @throws {UsageError} two reports would be written to the same file
 */
export function readReportFiles(given: Given): ReportFiles {
  const first = named(given, FIRST) ?? fromHere(DEFAULT_FILE)
  const files = new Map<string, string>()
  for (const format of REPORTS) {
    const file = named(given, format.flag) ?? format.defaultFile(first)
    if (file === undefined) continue
    refuseSecond(format.flag, file, files)
    files.set(format.flag, file)
  }
  return files
}

/**
 * Returns the report files of a whole suite: those of the formats that render several scenarios into one file.
 *
 * @param others the report files of the single proofs, which must not be overwritten
 * @throws {UsageError} two reports would be written to the same file
 */
export function readSuiteFiles(given: Given, others: readonly ReportFiles[]): ReportFiles {
  const files = new Map<string, string>()
  for (const { flag } of REPORTS.filter(isOfSuite)) {
    const file = named(given, flag)
    if (file === undefined) continue
    for (const each of [...others, files]) refuseSecond(flag, file, each)
    files.set(flag, file)
  }
  return files
}

/**
 * Returns the flags of one scenario in a suite: the scenario name is inserted into the name of the report.
 *
 * @example `--report out.json` becomes `--report out.undo.json`
 */
export function reportFlagsOf(scenario: string, given: Given): Given {
  const suite = new Set(REPORTS.filter(isOfSuite).map(({ flag }) => flag))
  const report = named(given, FIRST) ?? DEFAULT_FILE
  const extension = extname(report)
  const own = `${report.slice(0, report.length - extension.length)}.${scenario}${extension}`
  return new Map([...given].filter(([flag]) => !suite.has(flag))).set(FIRST, own)
}

const isOfSuite = (format: ReportFormat): boolean => format.renderCases !== undefined

function named(given: Given, flag: string): string | undefined {
  const file = given.get(flag)
  return typeof file === 'string' ? fromHere(file) : undefined
}

function refuseSecond(flag: string, file: string, files: ReportFiles): void {
  const [other] = [...files].find(([, each]) => each === file) ?? []
  if (other === undefined) return
  throw new UsageError(`--${flag} and --${other} name the same file, ${file}: give each report its own file`)
}
