import { failureStatus, type ExitStatus } from '../../../base/exit-status.js'
import { createProgress } from '../../../reports/progress.js'
import { textReport } from '../../../reports/text.js'
import type { LoadSettings } from '../../settings/load-settings.js'
import { listenForInterrupts } from '../output/interrupt.js'
import { proveAndReport } from './proof.js'
import type { ProofPlan } from './proof.js'
import { assertWritable, writeFailure } from '../output/report-file.js'
import { terminalWidth } from '../output/terminal.js'

/** A proof in the words of its user. */
export interface ProofWords {
  /** For the reports of CI systems. */
  readonly name: string
  /** Says what the user has to restore by hand after a second Ctrl-C. */
  readonly whatIsLeft: () => string
}

/**
 * Runs one proof: progress on stderr, the text or JSON report on stdout, the other reports in their files.
 *
 * @throws {UsageError | HarnessError}
 */
export async function runProof(settings: LoadSettings, plan: ProofPlan, words: ProofWords): Promise<ExitStatus> {
  assertWritable(settings.reportFiles)
  if (settings.profileFound) process.stderr.write(`zero-drop: using ${settings.profile} from the current folder\n`)
  const progress = settings.quiet ? undefined : createProgress(process.stderr)
  const interruption = listenForInterrupts(words.whatIsLeft, (text) => process.stderr.write(text))
  try {
    const proving = proveAndReport(settings, plan, interruption.signal, progress)
    const { proof, report, unwritten } = await proving.catch((error: unknown) => {
      reportFailure(settings, words.name, error)
      throw error
    })
    progress?.end()
    process.stdout.write(
      settings.json
        ? `${JSON.stringify(report)}\n`
        : textReport(report, {
            files: [...settings.reportFiles.values()],
            verbose: settings.verbose,
            width: terminalWidth(),
          }),
    )
    // The verdict is printed first, whatever else failed.
    const failure = interruption.fault() ?? unwritten
    if (failure === undefined) return proof.verdict.exitStatus
    reportFailure(settings, words.name, failure)
    throw failure
  } finally {
    progress?.end()
    interruption.uninstall()
  }
}

function reportFailure({ reportFiles }: LoadSettings, scenario: string, error: unknown): void {
  const sentence = error instanceof Error ? error.message : String(error)
  const failed = { scenario, status: 'could not run', exitStatus: failureStatus(error), sentence }
  // The error of the proof matters more than a report that cannot be written.
  writeFailure(reportFiles, { ...failed, durationMs: 0, properties: {}, page: null })
}
