import { extname } from 'node:path'
import { UsageError } from '../../base/errors.js'
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
 * Returns the report files of a whole suite, one for each format that has such a file.
 *
 * @param others the report files of the single proofs, which must not be overwritten
 * @throws {UsageError} two reports would be written to the same file
 */
export function readSuiteFiles(given: Given, others: readonly ReportFiles[]): ReportFiles {
  const files = new Map<string, string>()
  const first = named(given, FIRST) ?? fromHere(DEFAULT_FILE)
  for (const { flag, suite } of REPORTS) {
    const file = suite === undefined ? undefined : (named(given, flag) ?? suite.defaultFile(first))
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
  const ofSuite = new Set(REPORTS.flatMap(({ flag, suite }) => (suite === undefined ? [] : flag)))
  const report = named(given, FIRST) ?? DEFAULT_FILE
  const extension = extname(report)
  const own = `${report.slice(0, report.length - extension.length)}.${scenario}${extension}`
  return new Map([...given].filter(([flag]) => !ofSuite.has(flag))).set(FIRST, own)
}

function named(given: Given, flag: string): string | undefined {
  const file = given.get(flag)
  return typeof file === 'string' ? fromHere(file) : undefined
}

function refuseSecond(flag: string, file: string, files: ReportFiles): void {
  const [other] = [...files].find(([, each]) => each === file) ?? []
  if (other === undefined) return
  if (other === flag) throw new UsageError(`--${flag} names ${file}, the report of one scenario: name another file`)
  throw new UsageError(`--${flag} and --${other} name the same file, ${file}: give each report its own file`)
}
