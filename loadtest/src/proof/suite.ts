import { messageOf, UsageError } from '../base/errors.js'
import { now } from '../base/clock.js'
import { EXIT } from '../base/exit-status.js'
import type { ExitStatus } from '../base/exit-status.js'
import type { Proof } from './prove.js'

/** The result of one scenario of a suite. */
export interface SuiteRow {
  readonly scenario: string
  readonly status: Proof['verdict']['status'] | 'could not run' | 'not run'
  readonly exitStatus: ExitStatus
  readonly requests: number
  readonly drops: number
  /** Pods that got SIGTERM. */
  readonly terminations: number
  /** Null if no twin ran. */
  readonly twinDrops: number | null
  readonly sentence: string
  readonly durationMs: number
  /** The path of its JSON report; null if there is none. */
  readonly report: string | null
}

export interface SuiteStep {
  readonly scenario: string
  readonly report: string
  /** Proves the scenario, and writes its reports. */
  prove(): Promise<Proof>
}

/** Exit codes from bad to good. */
const WORST_FIRST: readonly ExitStatus[] = [EXIT.harness, EXIT.usage, EXIT.drops, EXIT.inconclusive, EXIT.proven]

/** Returns the worst exit code, which becomes that of the suite. */
export const worst = (rows: readonly SuiteRow[]): ExitStatus =>
  WORST_FIRST.find((status) => rows.some(({ exitStatus }) => exitStatus === status)) ?? EXIT.inconclusive

/**
 * Runs one scenario after the other. A scenario that cannot run does not stop the others; an interruption does.
 *
 * @param onRow called with the row of each scenario when it has ended
 */
export async function runSuite(
  steps: readonly SuiteStep[],
  signal: AbortSignal,
  onRow: (row: SuiteRow) => void,
): Promise<SuiteRow[]> {
  const rows: SuiteRow[] = []
  for (const step of steps) {
    // oxlint-disable-next-line no-await-in-loop -- one after the other
    const row = signal.aborted ? notRun(step) : await runStep(step)
    rows.push(row)
    onRow(row)
  }
  return rows
}

async function runStep(step: SuiteStep): Promise<SuiteRow> {
  const { scenario, report } = step
  const began = now()
  try {
    const { verdict } = await step.prove()
    const { requests, drops, terminations, twinDrops } = verdict.statistics
    const { status, exitStatus, sentence } = verdict
    const durationMs = Math.round(now() - began)
    return { scenario, status, exitStatus, requests, drops, terminations, twinDrops, sentence, durationMs, report }
  } catch (error) {
    const usage = error instanceof UsageError
    const sentence = messageOf(error)
    const durationMs = Math.round(now() - began)
    const exitStatus = usage ? EXIT.usage : EXIT.harness
    return { ...notRun(step), status: 'could not run', exitStatus, sentence, durationMs }
  }
}

const notRun = ({ scenario }: SuiteStep): SuiteRow => ({
  scenario,
  status: 'not run',
  exitStatus: EXIT.inconclusive,
  requests: 0,
  drops: 0,
  terminations: 0,
  twinDrops: null,
  sentence: 'The suite was interrupted.',
  durationMs: 0,
  report: null,
})
