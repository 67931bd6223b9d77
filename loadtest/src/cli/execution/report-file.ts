import { HarnessError, reasonOf, UsageError } from '../../base/errors.js'
import { accessSync, closeSync, constants, openSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs'
import type { ProveSettings } from '../settings/prove-settings.js'

/**
 * Says before the run, and not after it, when a report has nowhere to go.
 *
 * @throws {UsageError}
 */
export function prepareReports({ report, html, junit }: Pick<ProveSettings, 'report' | 'html' | 'junit'>): void {
  assertWritable('--report', report)
  assertWritable('--html', html)
  if (junit !== undefined) assertWritable('--junit', junit)
}

export function assertWritable(flag: string, path: string): void {
  try {
    const found = statSync(path, { throwIfNoEntry: false })
    if (found?.isDirectory()) throw new UsageError(`cannot write ${flag} ${path}: it is a folder; name a file in it`)
    if (found && !found.isFile()) return accessSync(path, constants.W_OK)
    // What a folder's rights say is not all: a file system may take no files.
    closeSync(openSync(draftOf(path), 'w'))
    rmSync(draftOf(path))
  } catch (error) {
    if (error instanceof UsageError) throw error
    throw new UsageError(
      `cannot write ${flag} ${path}: ${reasonOf(error)}; name a file in a folder that you can write to`,
    )
  }
}

const draftOf = (path: string): string => `${path}.${process.pid}.tmp`

/**
 * Writes a file whole or not at all: a reader never finds half of a report. What is no plain file, as `/dev/stdout` or a
 * pipe, is written to and stays what it is.
 *
 * @throws {HarnessError} it cannot be written any more
 */
export function writeReport(path: string, text: string): void {
  const found = statSync(path, { throwIfNoEntry: false })
  const draft = !found || found.isFile() ? draftOf(path) : path
  try {
    writeFileSync(draft, text)
    if (draft !== path) renameSync(draft, path)
  } catch (error) {
    if (draft !== path) rmSync(draft, { force: true })
    throw new HarnessError(`the report could not be written to ${path}: ${reasonOf(error)}`, { cause: error })
  }
}
