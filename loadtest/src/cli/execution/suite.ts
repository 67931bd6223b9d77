import type { ExitStatus } from '../../base/exit-status.js'
import { withoutSecretsIn } from '../../base/secrets.js'
import { runSuite, worst, type SuiteRow, type SuiteStep } from '../../proof/suite.js'
import type { ReportCase } from '../../reports/format.js'
import { createProgress } from '../../reports/progress.js'
import { suiteReport } from '../../reports/suite.js'
import { textReport } from '../../reports/text.js'
import type { ReportFiles } from '../settings/report-files.js'
import type { ProveSettings } from '../settings/prove-settings.js'
import type { SuiteSettings } from '../settings/suite-settings.js'
import { dryRunSuite } from './dry-run/dry-run.js'
import { listenForInterrupts, type Interruption } from './output/interrupt.js'
import { proveAndReport } from './proof/proof.js'
import { provePlan } from './proof/prove-plan.js'
import { assertWritable, writeSuite } from './output/report-file.js'
import { terminalWidth } from './output/terminal.js'
import { whatIsLeft } from './output/what-is-left.js'

/**
 * Runs the proofs one after the other and prints the table.
 *
 * @returns the worst exit code
 * @throws {UsageError | HarnessError}
 */
export async function proveAll(settings: SuiteSettings): Promise<ExitStatus> {
  if (settings.dryRun) return dryRunSuite(settings.proofs)
  const say = (text: string): void => void (settings.quiet || process.stderr.write(text))
  for (const files of [settings, ...settings.proofs]) assertWritable(files.reportFiles)
  let current: ProveSettings | undefined
  const interruption = listenForInterrupts(
    () => (current === undefined ? '' : whatIsLeft(current)),
    (text) => process.stderr.write(text),
  )
  try {
    const steps = settings.proofs.map((proof) =>
      stepOf(proof, interruption, { say, verbose: settings.verbose, onStart: () => (current = proof) }),
    )
    const rows = withoutSecretsIn(
      await runSuite(steps, interruption.signal, ({ scenario, status }) => say(`${scenario}: ${status}\n`)),
    )
    const files = [...settings.reportFiles.values()]
    process.stdout.write(
      settings.json ? `${JSON.stringify({ suite: rows })}\n` : suiteReport(rows, { files, width: terminalWidth() }),
    )
    const cases = rows.map((row, index) => caseOfRow(row, settings.proofs[index]?.reportFiles))
    const failure = writeSuite(settings.reportFiles, cases) ?? interruption.fault()
    if (failure !== undefined) throw failure
    return worst(rows)
  } finally {
    interruption.uninstall()
  }
}

const caseOfRow = (
  { requests, drops, terminations, twinDrops, report, ...row }: SuiteRow,
  files: ReportFiles | undefined,
): ReportCase => ({
  ...row,
  properties: { requests, drops, terminations, twinDrops, report },
  page: report === null ? null : (files?.get('html') ?? null),
})

interface StepHooks {
  readonly say: (text: string) => void
  readonly verbose: boolean
  readonly onStart: () => void
}

function stepOf(settings: ProveSettings, { signal }: Interruption, { say, verbose, onStart }: StepHooks): SuiteStep {
  const { scenario } = settings.scenario
  return {
    scenario: scenario.name,
    report: settings.reportFiles.get('report') ?? '',
    async prove() {
      onStart()
      say(`── ${scenario.name}: ${scenario.description}\n`)
      const progress = settings.quiet ? undefined : createProgress(process.stderr)
      try {
        const { proof, report, unwritten } = await proveAndReport(settings, provePlan(settings), signal, progress)
        if (unwritten !== undefined) throw unwritten
        progress?.end()
        if (verbose) process.stdout.write(`${textReport(report, { verbose, width: terminalWidth() })}\n`)
        return proof
      } finally {
        progress?.end()
      }
    },
  }
}
