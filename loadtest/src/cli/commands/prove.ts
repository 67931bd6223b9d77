import { EXIT } from '../../base/exit-status.js'
import type { ExitStatus } from '../../base/exit-status.js'
import { createProgress } from '../../reports/progress.js'
import { textReport } from '../../reports/text.js'
import { failureStatus } from '../failure-status.js'
import { proveHelp } from '../flags/help.js'
import { listenForInterrupts } from '../interrupt.js'
import { proveAndReport, writeJunit } from '../proof.js'
import { readProveSettings } from '../settings/prove-settings.js'
import type { ProveSettings } from '../settings/prove-settings.js'
import { prepareReports } from '../report-file.js'
import { whatIsLeft } from '../what-is-left.js'

/**
 * `zero-drop prove`.
 *
 * @throws {UsageError | HarnessError}
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
  const interruption = listenForInterrupts(
    () => whatIsLeft(settings),
    (text) => process.stderr.write(text),
  )
  try {
    const proving = proveAndReport(settings, interruption.signal, progress)
    const { proof, report, unwritten } = await proving.catch((error: unknown) => {
      throw told(settings, error)
    })
    progress?.end()
    process.stdout.write(
      settings.json ? `${JSON.stringify(report)}\n` : textReport(proof, settings.report, settings.html),
    )
    // What was found has been said by now, whatever else went wrong.
    for (const error of [interruption.fault(), unwritten]) if (error !== undefined) throw told(settings, error)
    return proof.verdict.exitStatus
  } finally {
    progress?.end()
    interruption.uninstall()
  }
}

/** That it could not run is something that a CI system is to show, too. */
function told(settings: ProveSettings, error: unknown): unknown {
  try {
    writeJunit(settings, {
      scenario: settings.scenario.scenario.name,
      exitStatus: failureStatus(error),
      sentence: error instanceof Error ? error.message : String(error),
      durationMs: 0,
      properties: {},
    })
  } catch {
    // Why nothing ran goes before why that could not be written.
  }
  return error
}
