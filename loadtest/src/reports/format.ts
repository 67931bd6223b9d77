import type { ExitStatus } from '../base/exit-status.js'
import type { Report } from './report.js'

/** A report that a run writes to a file. `index.ts` lists all of them. */
export interface ReportFormat extends FileFlag {
  /** The flag that names the file, without dashes. */
  readonly flag: string
  /** Renders the report of one proof. */
  render(report: Report): string
  /** Renders a proof that could not run. Without it, such a proof leaves the file as it is. */
  renderFailure?(failed: ReportCase): string
  /** One file for all scenarios of a suite. Undefined if the format has none. */
  readonly suite?: SuiteFormat
}

export interface SuiteFormat extends FileFlag {
  /** @param file the absolute path of the report, from which it links to others */
  render(cases: readonly ReportCase[], file: string): string
}

interface FileFlag {
  /** Describes the report in the help of its flag. */
  readonly help: string
  /** Where the report goes without the flag, as the help says it. */
  readonly defaultText: string
  /**
   * Returns where the report goes without the flag; undefined if it is not written then.
   *
   * @param jsonFile the path of the JSON report, or of a suite's `--report`
   */
  defaultFile(jsonFile: string): string | undefined
}

/** One scenario in a report of several. */
export interface ReportCase {
  readonly scenario: string
  /** `proven`, `drops`, `inconclusive`, `could not run` or `not run`. */
  readonly status: string
  readonly exitStatus: ExitStatus
  /** The verdict, or why there is none. */
  readonly sentence: string
  readonly durationMs: number
  /** Numbers of the verdict, by name. */
  readonly properties: Readonly<Record<string, number | string | null>>
  /** The absolute path of its HTML page; null if there is none. */
  readonly page: string | null
}

/** Returns a proof as one case of several. */
export function caseOf(
  { settings, verdict, runs }: Report,
  { report, page }: { readonly report: string | null; readonly page: string | null },
): ReportCase {
  const { status, exitStatus, sentence, statistics } = verdict
  const { requests, drops, terminations, twinDrops } = statistics
  return {
    scenario: String(settings['scenario'] ?? 'watch'),
    status,
    exitStatus,
    sentence,
    durationMs: runs.reduce((sum, { startedAt, endedAt }) => sum + endedAt - startedAt, 0),
    properties: { requests, drops, terminations, twinDrops, report },
    page,
  }
}
