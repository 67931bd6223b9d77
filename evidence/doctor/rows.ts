import type { Case, Outcome, Row, Which } from './case.ts'
import { outcomeOf, type Run } from './outcome.ts'

/** How the cases of one target run. */
export interface Runner<C extends Case> {
  readonly runOf: (one: C, which: Which) => Run
  readonly perform: (run: Run, one: C, which: Which) => Promise<Outcome>
}

/** Runs each case with its mistake and with its correction. A run with a report is not repeated, unless `again` says so. */
export async function rowsOf<C extends Case>(cases: readonly C[], again: boolean, runner: Runner<C>): Promise<Row[]> {
  const fresh = new Set<string>()
  const outcome = async (one: C, which: Which): Promise<Outcome> => {
    const run = runner.runOf(one, which)
    const found = again && !fresh.has(run.name) ? undefined : outcomeOf(run)
    fresh.add(run.name)
    if (found !== undefined) return found
    console.log(`── ${one.rule}: ${which === 'wrong' ? one.mistake : one.correction}`)
    return runner.perform(run, one, which)
  }
  const rows: Row[] = []
  // One after the other: they share the machine or the cluster.
  for (const one of cases) {
    const wrong = await outcome(one, 'wrong')
    rows.push({ case: one, wrong, right: await outcome(one, 'right') })
  }
  return rows
}
