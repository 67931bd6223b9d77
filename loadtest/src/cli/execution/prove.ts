import { failureStatus, type ExitStatus } from '../../base/exit-status.js'
import { createProgress } from '../../reports/progress.js'
import { textReport } from '../../reports/text.js'
import type { ProveSettings } from '../settings/prove-settings.js'
import { listenForInterrupts } from './interrupt.js'
import { proveAndReport } from './proof.js'
import { assertWritable, writeCases } from './report-file.js'
import { whatIsLeft } from './what-is-left.js'

/**
 * Runs one proof: progress on stderr, the text or JSON report on stdout, the other reports in their files.
 *
 * @throws {UsageError | HarnessError}
 */
export async function prove(settings: ProveSettings): Promise<ExitStatus> {
  assertWritable(settings.reportFiles)
  if (settings.profileFound) process.stderr.write(`zero-drop: using ${settings.profile} from the current folder\n`)
  const progress = settings.quiet ? undefined : createProgress(process.stderr)
  const interruption = listenForInterrupts(
    () => whatIsLeft(settings),
    (text) => process.stderr.write(text),
  )
  try {
    const proving = proveAndReport(settings, interruption.signal, progress)
    const { proof, report, unwritten } = await proving.catch((error: unknown) => {
      reportFailure(settings, error)
      throw error
    })
    progress?.end()
    process.stdout.write(
      settings.json ? `${JSON.stringify(report)}\n` : textReport(report, ...settings.reportFiles.values()),
    )
    // The verdict is printed first, whatever else failed.
    const failure = interruption.fault() ?? unwritten
    if (failure === undefined) return proof.verdict.exitStatus
    reportFailure(settings, failure)
    throw failure
  } finally {
    progress?.end()
    interruption.uninstall()
  }
}

/** Writes a proof that could not run into the reports that CI systems read. */
function reportFailure({ scenario, reportFiles }: ProveSettings, error: unknown): void {
  // The error of the proof matters more than a report that cannot be written.
  writeCases(reportFiles, [
    {
      scenario: scenario.scenario.name,
      exitStatus: failureStatus(error),
      sentence: error instanceof Error ? error.message : String(error),
      durationMs: 0,
      properties: {},
    },
  ])
}
