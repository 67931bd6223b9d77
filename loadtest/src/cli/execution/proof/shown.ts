import { REPORTS } from '../../../reports/index.js'
import type { Settings } from '../../../reports/report.js'
import type { ReportFiles } from '../../settings/report-files.js'

/** Returns settings as the report shows them: with the files of the reports, and null for what is not set. */
export function shown(
  settings: Readonly<Record<string, Settings[string] | undefined>>,
  reportFiles: ReportFiles,
): Settings {
  const files = Object.fromEntries(REPORTS.map(({ flag }) => [flag, reportFiles.get(flag)]))
  return Object.fromEntries(Object.entries({ ...settings, ...files }).map(([name, value]) => [name, value ?? null]))
}
