import { failureStatus, type ExitStatus } from '../../base/exit-status.js'
import { createProgress } from '../../reports/progress.js'
import { textReport } from '../../reports/text.js'
import type { CommandDefinition } from '../flags/command.js'
import { EXIT_STATUS, scenarioSection } from '../flags/help.js'
import { PROVE_FLAGS, type ProveValues } from '../flags/prove-flags.js'
import { listenForInterrupts } from '../interrupt.js'
import { proveAndReport, writeJunit } from '../proof.js'
import { prepareReports } from '../report-file.js'
import { proveSettings, type ProveSettings } from '../settings/prove-settings.js'
import { whatIsLeft } from '../what-is-left.js'

/** `zero-drop prove`: one scenario under load, with a verdict. */
export const proveCommand: CommandDefinition<ProveValues> = {
  name: 'prove',
  summary: 'prove that one scenario, such as a rollout, drops no request',
  help: {
    description: 'Puts a service through a scenario, such as a rollout, under load and reports every dropped request.',
    sections: [
      {
        heading: 'Examples',
        lines: [
          'zero-drop prove',
          "zero-drop prove --command 'node server.js' --twin-command 'node naive.js'",
          'zero-drop prove --target kubernetes --image registry/name:v1.0.1',
          'zero-drop prove --target kubernetes --scenario undo',
        ],
      },
      scenarioSection(),
      {
        heading: 'Naive twin',
        paragraph:
          'A run without drops proves something only when the same load shows drops elsewhere. The naive twin is the service ' +
          'without its graceful shutdown. On a cluster zero-drop clones the workload and its Service for the twin, and removes the clones.',
      },
      EXIT_STATUS,
    ],
  },
  flags: PROVE_FLAGS,
  run: (line) => prove(proveSettings(line)),
}

async function prove(settings: ProveSettings): Promise<ExitStatus> {
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
