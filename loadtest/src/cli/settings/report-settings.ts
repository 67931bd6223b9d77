import { UsageError } from '../../base/errors.js'
import { REPORTS } from '../../reports/index.js'
import type { CommandLine } from '../flags/parse.js'
import type { ReportValues } from '../flags/report-flags.js'
import { fromHere } from './paths.js'
import type { ReportFiles } from './report-files.js'

/** A command line of `zero-drop report`. Paths are absolute. */
export interface ReportSettings {
  /** The JSON reports. */
  readonly files: readonly string[]
  readonly outputs: ReportFiles
  readonly verbose: boolean
}

/** A command line of `zero-drop compare`. Paths are absolute. */
export interface CompareSettings {
  readonly before: string
  readonly after: string
  readonly html: string | undefined
}

/** @throws {UsageError} no report is given, or a report would be overwritten */
export function reportSettings({ values, given, words }: CommandLine<ReportValues>): ReportSettings {
  if (words.length === 0) throw new UsageError('no report is given: run zero-drop report report.json')
  const files = words.map(fromHere)
  const outputs = new Map<string, string>()
  for (const { flag } of REPORTS) {
    const file = given.get(flag)
    if (typeof file !== 'string') continue
    refuseOverwriting(`--${flag}`, fromHere(file), files)
    outputs.set(flag, fromHere(file))
  }
  return { files, outputs, verbose: values.verbose === true }
}

/** @throws {UsageError} not two reports are given, or one of them would be overwritten */
export function compareSettings({ given, words }: CommandLine<object>): CompareSettings {
  const [before, after, ...more] = words.map(fromHere)
  if (before === undefined || after === undefined || more.length > 0) {
    throw new UsageError(
      `compare needs two reports, but got ${words.length}: run zero-drop compare before.json after.json`,
    )
  }
  const html = given.get('html')
  if (typeof html !== 'string') return { before, after, html: undefined }
  refuseOverwriting('--html', fromHere(html), [before, after])
  return { before, after, html: fromHere(html) }
}

function refuseOverwriting(flag: string, output: string, files: readonly string[]): void {
  if (!files.includes(output)) return
  throw new UsageError(`${flag} would overwrite the report ${output}: name another file`)
}
