import { failureStatus, type ExitStatus } from '../../base/exit-status.js'
import { createProgress } from '../../reports/progress.js'
import { textReport } from '../../reports/text.js'
import type { ProveSettings } from '../settings/prove-settings.js'
import { listenForInterrupts } from './interrupt.js'
import { proveAndReport, writeJunit } from './proof.js'
import { prepareReports } from './report-file.js'
import { whatIsLeft } from './what-is-left.js'

/**
 * Runs one proof: progress on stderr, the text or JSON report on stdout, the other reports in their files.
 *
 * @throws {UsageError | HarnessError}
 */
export async function prove(settings: ProveSettings): Promise<ExitStatus> {
  prepareReports(settings)
  if (settings.profileFound) process.stderr.write(`zero-drop: using ${settings.profile} from the current folder\n`)
  const progress = settings.quiet ? undefined : createProgress(process.stderr)
  const interruption = listenForInterrupts(
    () => whatIsLeft(settings),
    (text) => process.stderr.write(text),
  )
  try {
    const proving = proveAndReport(settings, interruption.signal, progress)
    const { proof, report, unwritten } = await proving.catch((error: unknown) => {
      writeJunitFailure(settings, error)
      throw error
    })
    progress?.end()
    process.stdout.write(
      settings.json ? `${JSON.stringify(report)}\n` : textReport(report, settings.report, settings.html),
    )
    // The verdict is printed first, whatever else failed.
    const failure = interruption.fault() ?? unwritten
    if (failure === undefined) return proof.verdict.exitStatus
    writeJunitFailure(settings, failure)
    throw failure
  } finally {
    progress?.end()
    interruption.uninstall()
  }
}

/** CI systems show a proof that could not run, too. */
function writeJunitFailure(settings: ProveSettings, error: unknown): void {
  try {
    writeJunit(settings, {
      scenario: settings.scenario.scenario.name,
      exitStatus: failureStatus(error),
      sentence: error instanceof Error ? error.message : String(error),
      durationMs: 0,
      properties: {},
    })
  } catch {
    // The first error matters more than the missing JUnit report.
  }
}
