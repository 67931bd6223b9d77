import type { ExitStatus } from '../../base/exit-status.js'
import { runSuite, worst, type SuiteRow, type SuiteStep } from '../../proof/suite.js'
import type { ReportCase } from '../../reports/format.js'
import { junitReport } from '../../reports/junit.js'
import { createProgress } from '../../reports/progress.js'
import { suiteReport } from '../../reports/suite.js'
import type { ProveSettings } from '../settings/prove-settings.js'
import type { SuiteSettings } from '../settings/suite-settings.js'
import { listenForInterrupts, type Interruption } from './interrupt.js'
import { proveAndReport } from './proof.js'
import { assertWritable, prepareReports, writeReport } from './report-file.js'
import { whatIsLeft } from './what-is-left.js'

/**
 * Runs the proofs one after the other and prints the table.
 *
 * @returns the worst exit status
 * @throws {UsageError | HarnessError}
 */
export async function proveAll(settings: SuiteSettings): Promise<ExitStatus> {
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
