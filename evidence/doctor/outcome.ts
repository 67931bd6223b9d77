import { createHash } from 'node:crypto'
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import type { Report } from '../../loadtest/src/reports/report.ts'
import { assertNotEnding, atEnd } from '../base/cleanup.ts'
import { ROOT, zeroDrop } from '../base/zero-drop.ts'
import { manifestOf } from './case-manifest.ts'
import type { Case, Outcome, Target, Which } from './case.ts'
import { LOCAL } from './manifest.ts'

const FOLDER = `${ROOT}.zero-drop/doctor`

/** The load of each run: only clients that never retry. */
const LOAD = ['--no-twin', '--quiet', '--background', '0', '--retrying', '0']

/** One run of `zero-drop prove`. */
export interface Run {
  readonly name: string
  readonly argv: readonly string[]
}

/**
 * Returns the run of a case with its mistake or its correction. The name contains a hash of all that decides the outcome: a changed case
 * runs again, and cases with the same corrected manifest, scenario and flags share a run.
 */
export function runOf(target: Target, one: Case, which: Which, flags: readonly string[]): Run {
  const { rule, scenario } = one
  const argv = ['prove', '--target', target, '--scenario', ...scenario, ...flags]
  const facts = JSON.stringify([argv, manifestOf(one, which, LOCAL)])
  const hash = createHash('sha256').update(facts).digest('hex').slice(0, 8)
  return { name: [target, which === 'wrong' ? rule : 'right', hash].join('-'), argv }
}

/** Returns the outcome of a run that has a report and finished. */
export function outcomeOf({ name }: Run): Outcome | undefined {
  try {
    const { runs } = JSON.parse(readFileSync(reportOf(name), 'utf8')) as Report
    if (runs.length === 0 || runs.some(({ outcome }) => outcome.status !== 'finished')) return undefined
    const sum = (key: 'attempts' | 'drops'): number => runs.reduce((all, { requests }) => all + requests[key], 0)
    return { requests: sum('attempts'), lost: sum('drops') }
  } catch {
    return undefined
  }
}

/** Writes the manifest of a run to a file, and returns its name. */
export function saved({ name }: Run, text: string): string {
  mkdirSync(FOLDER, { recursive: true })
  const file = `${FOLDER}/${name}.yaml`
  writeFileSync(file, text)
  return file
}

/** Performs a run. `more` are the flags that say where. */
export async function perform(run: Run, more: readonly string[]): Promise<Outcome> {
  const report = reportOf(run.name)
  rmSync(report, { force: true })
  assertNotEnding()
  const proof = zeroDrop([...run.argv, ...more, ...LOAD, '--report', report], 'ignore')
  // After Ctrl-C, zero-drop restores its target before anything else is cleaned up.
  atEnd(() => proof)
  const status = await proof
  assertNotEnding()
  const outcome = status === 0 || status === 1 || status === 3 ? outcomeOf(run) : undefined
  if (outcome === undefined) throw new Error(`zero-drop failed for ${run.name} with exit status ${status}`)
  return outcome
}

const reportOf = (name: string): string => `${FOLDER}/${name}.json`
