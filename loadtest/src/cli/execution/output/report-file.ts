import { accessSync, closeSync, constants, openSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { HarnessError, reasonOf, UsageError } from '../../../base/errors.js'
import { withoutSecretsIn } from '../../../base/secrets.js'
import type { ReportCase } from '../../../reports/format.js'
import { REPORTS } from '../../../reports/index.js'
import type { Report } from '../../../reports/report.js'
import type { ReportFiles } from '../../settings/report-files.js'

/**
 * Checks before a run that its reports can be written.
 *
 * @throws {UsageError} a folder is missing, or does not accept files
 */
export function assertWritable(files: ReportFiles): void {
  for (const [flag, path] of files) assertFileWritable(`--${flag}`, path)
}

/**
 * Writes the reports of one proof, each of them even if another fails.
 *
 * @returns the first error
 */
export const writeReports = (files: ReportFiles, report: Report): HarnessError | undefined =>
  write(files, (format) => format.render(report))

/**
 * Writes a proof that could not run into the reports that CI systems read. The other reports stay as they are.
 *
 * @returns the first error
 */
export const writeFailure = (files: ReportFiles, failed: ReportCase): HarnessError | undefined =>
  write(files, (format) => format.renderFailure?.(withoutSecretsIn(failed)))

/**
 * Writes the reports of a whole suite.
 *
 * @returns the first error
 */
export const writeSuite = (files: ReportFiles, cases: readonly ReportCase[]): HarnessError | undefined =>
  write(files, ({ suite }, path) => suite?.render(withoutSecretsIn(cases), path))

function write(
  files: ReportFiles,
  render: (format: (typeof REPORTS)[number], path: string) => string | undefined,
): HarnessError | undefined {
  const failures = REPORTS.map((format) => {
    const path = files.get(format.flag)
    const text = path === undefined ? undefined : render(format, path)
    return path === undefined || text === undefined ? undefined : writeText(path, text)
  })
  return failures.find((failure) => failure !== undefined)
}

function assertFileWritable(flag: string, path: string): void {
  try {
    const found = statSync(path, { throwIfNoEntry: false })
    if (found?.isDirectory()) throw new UsageError(`cannot write ${flag} ${path}: it is a folder; name a file in it`)
    if (found && !found.isFile()) return accessSync(path, constants.W_OK)
    // The rights of a folder are not enough: its file system may accept no files.
    closeSync(openSync(draftOf(path), 'w'))
    rmSync(draftOf(path))
  } catch (error) {
    if (error instanceof UsageError) throw error
    const advice = 'name a file in a folder that you can write to'
    throw new UsageError(`cannot write ${flag} ${path}: ${reasonOf(error)}; ${advice}`, { cause: error })
  }
}

const draftOf = (path: string): string => `${path}.${process.pid}.tmp`

/**
 * Replaces a file at once, so that a reader never finds half a report. Writes straight to a pipe or device.
 *
 * @returns the error, if there is one
 */
export function writeText(path: string, text: string): HarnessError | undefined {
  const found = statSync(path, { throwIfNoEntry: false })
  const draft = !found || found.isFile() ? draftOf(path) : path
  try {
    writeFileSync(draft, text)
    if (draft !== path) renameSync(draft, path)
    return undefined
  } catch (error) {
    if (draft !== path) rmSync(draft, { force: true })
    return new HarnessError(`the report could not be written to ${path}: ${reasonOf(error)}`, { cause: error })
  }
}
