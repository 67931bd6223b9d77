import { EXIT } from '../../base/exit-status.js'
import type { ExitStatus } from '../../base/exit-status.js'
import { junitReport } from '../../reports/junit.js'
import type { JunitCase } from '../../reports/junit.js'
import { createProgress } from '../../reports/progress.js'
import { suiteReport } from '../../reports/suite.js'
import { runSuite, worst } from '../../proof/suite.js'
import type { SuiteRow, SuiteStep } from '../../proof/suite.js'
import { suiteHelp } from '../flags/help.js'
import { listenForInterrupts } from '../interrupt.js'
import type { Interruption } from '../interrupt.js'
import { proveAndReport } from '../proof.js'
import type { ProveSettings } from '../settings/prove-settings.js'
import { assertWritable, prepareReports, writeReport } from '../report-file.js'
import { readSuiteSettings } from '../settings/suite-settings.js'
import { whatIsLeft } from '../what-is-left.js'

/**
 * `zero-drop suite`: scenarios one after the other, each with a report of its own, and a table.
 *
 * @returns the worst exit status of all
 * @throws {UsageError}
 */
export async function suiteCommand(args: readonly string[]): Promise<ExitStatus> {
  const settings = readSuiteSettings(args)
  const [first] = settings?.proofs ?? []
  if (settings === undefined || first === undefined) {
    process.stdout.write(suiteHelp())
    return EXIT.proven
  }
  const say = (text: string): void => void (settings.quiet || process.stderr.write(text))
  for (const proof of settings.proofs) prepareReports(proof)
  if (settings.junit !== undefined) assertWritable('--junit', settings.junit)
  let current = first
  const interruption = listenForInterrupts(
    () => whatIsLeft(current),
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

const caseOf = ({ requests, drops, terminations, twinDrops, report, ...row }: SuiteRow): JunitCase => ({
  ...row,
  properties: { requests, drops, terminations, twinDrops, report },
})

function stepOf(
  settings: ProveSettings,
  { signal }: Interruption,
  say: (text: string) => void,
  begun: () => void,
): SuiteStep {
  const { scenario } = settings.scenario
  return {
    scenario: scenario.name,
    report: settings.report,
    async prove() {
      begun()
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
