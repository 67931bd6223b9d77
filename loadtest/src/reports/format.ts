import type { ExitStatus } from '../base/exit-status.js'
import type { Report } from './report.js'

/** A report that a run writes to a file. `index.ts` lists all of them. */
export interface ReportFormat {
  /** The flag that names the file, without dashes. */
  readonly flag: string
  /** Describes the report in the help of that flag. */
  readonly help: string
  /** Where the report goes without the flag, as the help says it. */
  readonly defaultText: string
  /**
   * Returns where the report goes without the flag; undefined if it is not written then.
   *
   * @param jsonFile the path of the JSON report
   */
  defaultFile(jsonFile: string): string | undefined
  /** Renders the report of one proof. */
  render(report: Report): string
  /** Renders several proofs into one file, which `suite` then writes once. Also renders a proof that could not run. */
  renderCases?(cases: readonly ReportCase[]): string
}

/** One scenario in a report of several. */
export interface ReportCase {
  readonly scenario: string
  readonly exitStatus: ExitStatus
  /** The verdict, or why there is none. */
  readonly sentence: string
  readonly durationMs: number
  /** Numbers of the verdict, by name. */
  readonly properties: Readonly<Record<string, number | string | null>>
}
