import { accessSync, constants, renameSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { TargetError } from '../targets/target.js'
import type { ProveSettings } from './prove-settings.js'
import { UsageError } from './usage-error.js'

/**
 * Says before the run, and not after it, when a report has nowhere to go.
 *
 * @throws {UsageError}
 */
export function prepareReports({ report, html }: Pick<ProveSettings, 'report' | 'html'>): void {
  assertWritable('--report', report)
  assertWritable('--html', html)
}

function assertWritable(flag: string, path: string): void {
  try {
    accessSync(dirname(path), constants.W_OK)
  } catch (error) {
    throw new UsageError(`${flag}: ${path} cannot be written: ${reason(error)}.`)
  }
  const found = statSync(path, { throwIfNoEntry: false })
  if (found?.isDirectory()) throw new UsageError(`${flag}: ${path} cannot be written: it is a folder.`)
}

/**
 * Writes a file whole or not at all: a reader never finds half of a report. What is no plain file, as `/dev/stdout` or a
 * pipe, is written to and stays what it is.
 *
 * @throws {TargetError} harness: it cannot be written any more
 */
export function writeReport(path: string, text: string): void {
  const found = statSync(path, { throwIfNoEntry: false })
  const draft = !found || found.isFile() ? `${path}.${process.pid}.tmp` : path
  try {
    writeFileSync(draft, text)
    if (draft !== path) renameSync(draft, path)
  } catch (error) {
    if (draft !== path) rmSync(draft, { force: true })
    throw new TargetError('harness', `the report could not be written to ${path}: ${reason(error)}`, { cause: error })
  }
}

/** `no space left on device (ENOSPC)` of `ENOSPC: no space left on device, write` */
function reason(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException
  const words = /^\w+: ([^,]+)/.exec(message)?.[1]
  return code === undefined || words === undefined ? message : `${words} (${code})`
}
