import { EXIT } from '../exit-status.js'
import type { ExitStatus } from '../exit-status.js'
import { createProgress } from '../reports/progress.js'
import { textReport } from '../reports/text.js'
import { proveHelp } from './help.js'
import { listenForInterrupts } from './interrupt.js'
import { proveAndReport, whatIsLeft } from './proof.js'
import { readProveSettings } from './prove-settings.js'
import { prepareReports } from './report-file.js'

/**
 * `zero-drop prove`.
 *
 * @throws {UsageError | TargetError}
 */
export async function proveCommand(args: readonly string[]): Promise<ExitStatus> {
  const settings = readProveSettings(args)
  if (!settings) {
    process.stdout.write(proveHelp())
    return EXIT.proven
  }
  prepareReports(settings)
  if (settings.profileFound) process.stderr.write(`zero-drop: taking ${settings.profile}, found in this folder.\n`)
  const progress = settings.quiet ? undefined : createProgress(process.stderr)
  const interruption = listenForInterrupts(whatIsLeft(settings), (text) => process.stderr.write(text))
  try {
    const { proof, report, unwritten } = await proveAndReport(settings, interruption.signal, progress)
    progress?.end()
    process.stdout.write(
      settings.json ? `${JSON.stringify(report)}\n` : textReport(proof, settings.report, settings.html),
    )
    // What was found has been said by now, whatever else went wrong.
    for (const error of [interruption.fault(), unwritten]) if (error !== undefined) throw error
    return proof.verdict.exitStatus
  } finally {
    progress?.end()
    interruption.uninstall()
  }
}
