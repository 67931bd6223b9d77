import type { ExitStatus } from '../../base/exit-status.js'
import { runSuite, worst, type SuiteRow, type SuiteStep } from '../../proof/suite.js'
import type { ReportCase } from '../../reports/format.js'
import { junitReport } from '../../reports/junit.js'
import { createProgress } from '../../reports/progress.js'
import { suiteReport } from '../../reports/suite.js'
import type { CommandDefinition } from '../flags/command.js'
import { EXIT_STATUS, scenarioSection } from '../flags/help.js'
import { SUITE_FLAGS, type SuiteValues } from '../flags/suite-flags.js'
import { listenForInterrupts, type Interruption } from '../interrupt.js'
import { proveAndReport } from '../proof.js'
import { assertWritable, prepareReports, writeReport } from '../report-file.js'
import type { ProveSettings } from '../settings/prove-settings.js'
import { suiteSettings, type SuiteSettings } from '../settings/suite-settings.js'
import { whatIsLeft } from '../what-is-left.js'

/** `zero-drop suite`: several scenarios one after the other, each with its own report, and a table. */
export const suiteCommand: CommandDefinition<SuiteValues> = {
  name: 'suite',
  summary: 'prove several scenarios one after the other, with a table at the end',
  help: {
    description:
      'Proves several scenarios one after the other and prints a table. Each scenario has its own report. ' +
      'A scenario that cannot run does not stop the others. The exit status is the worst one: 4, 2, 1, 3, then 0.',
    sections: [
      {
        heading: 'Examples',
        lines: [
          'zero-drop suite',
          'zero-drop suite --scenarios set-image,undo,delete-pod,crashing-image',
          "zero-drop suite --command 'node server.js' --twin-command 'node naive.js'",
        ],
      },
      scenarioSection(),
      EXIT_STATUS,
    ],
  },
  flags: SUITE_FLAGS,
  run: (line) => proveAll(suiteSettings(line)),
}

async function proveAll(settings: SuiteSettings): Promise<ExitStatus> {
  const say = (text: string): void => void (settings.quiet || process.stderr.write(text))
  for (const proof of settings.proofs) prepareReports(proof)
  if (settings.junit !== undefined) assertWritable('--junit', settings.junit)
  let current: ProveSettings | undefined
  const interruption = listenForInterrupts(
    () => (current === undefined ? '' : whatIsLeft(current)),
    (text) => process.stderr.write(text),
  )
  try {
    const steps = settings.proofs.map((proof) => stepOf(proof, interruption, say, () => (current = proof)))
    const rows = await runSuite(steps, interruption.signal, ({ scenario, status }) => say(`${scenario}: ${status}\n`))
    process.stdout.write(settings.json ? `${JSON.stringify({ suite: rows })}\n` : suiteReport(rows))
    if (settings.junit !== undefined) writeReport(settings.junit, junitReport(rows.map(caseOf)))
    if (interruption.fault() !== undefined) throw interruption.fault()
    return worst(rows)
  } finally {
    interruption.uninstall()
  }
}

const caseOf = ({ requests, drops, terminations, twinDrops, report, ...row }: SuiteRow): ReportCase => ({
  ...row,
  properties: { requests, drops, terminations, twinDrops, report },
})

function stepOf(
  settings: ProveSettings,
  { signal }: Interruption,
  say: (text: string) => void,
  onStart: () => void,
): SuiteStep {
  const { scenario } = settings.scenario
  return {
    scenario: scenario.name,
    report: settings.report,
    async prove() {
      onStart()
      say(`── ${scenario.name}: ${scenario.description}\n`)
      const progress = settings.quiet ? undefined : createProgress(process.stderr)
      try {
        const { proof, unwritten } = await proveAndReport(settings, signal, progress)
        if (unwritten !== undefined) throw unwritten
        return proof
      } finally {
        progress?.end()
      }
    },
  }
}
