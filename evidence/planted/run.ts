import { parseArgs } from 'node:util'
import { pick, wholeNumber } from '../base/flags.ts'
import { writePage } from '../base/pages.ts'
import { UsageError } from '../../loadtest/dist/base/errors.js'
import { markdown } from './document.ts'
import { faults } from './faults.ts'
import type { Fault } from './faults.ts'
import { buildFolder, languages, versionOf } from './languages.ts'
import { keepResult, readResults } from './results.ts'
import { isRight, scoreOf } from './score.ts'
import type { Score } from './score.ts'
import { tryFault } from './trial.ts'
import type { Trial } from './trial.ts'

export const usage = `pnpm evidence planted [flags]
  --only FAULTS      these faults, separated by commas; default: all
  --in LANGUAGES     the service in these languages; default: those whose toolchain is on this machine
  --runs N           rollouts of each fault in each language; the worst one counts; default: 1
Results of earlier runs stay in the table.`

/** A trial on a machine with no CPU to spare shows nothing about the reports. Neither does one in which the fault lost no request. */
const TRIES = 3

/** Exit codes: 0 means that every report was right. */
export async function run(args: readonly string[]): Promise<number> {
  const { values } = parseArgs({
    args: [...args],
    options: { only: { type: 'string' }, in: { type: 'string' }, runs: { type: 'string', default: '1' } },
  })
  const chosen = pick('--only', values.only, faults, ({ name }) => name)
  const wanted = pick('--in', values.in, languages, ({ name }) => name)
  const runs = wholeNumber('--runs', values.runs)
  const missing = wanted.filter((language) => versionOf(language) === undefined)
  for (const { name, version } of missing) console.log(`${name} is left out: ${version[0]} is not on this machine`)
  if (values.in !== undefined && missing.length > 0) {
    throw new UsageError(`--in: ${missing.map(({ name }) => name).join(', ')} cannot be built on this machine`)
  }
  const folder = buildFolder()
  let right = true
  for (const language of wanted.filter((each) => !missing.includes(each))) {
    const service = language.prepare(folder)
    for (const fault of chosen.filter(({ only }) => only?.includes(language.name) ?? true)) {
      // oxlint-disable-next-line no-await-in-loop -- one rollout after the other
      const score = await worst(fault, service, folder, runs)
      const isFine = isRight(fault, score)
      right &&= isFine
      console.log(`${isFine ? 'right' : 'WRONG'}  ${language.name} ${fault.name}: ${JSON.stringify(score)}`)
      // oxlint-disable-next-line no-await-in-loop -- an interrupted run keeps what it found
      await keepResult(language.name, fault.name, score)
    }
  }
  await writePage('planted.md', markdown(await readResults()))
  return right ? 0 : 1
}

async function worst(fault: Fault, service: readonly string[], folder: string, runs: number): Promise<Score> {
  let last: Score | undefined
  for (let seed = 1; seed <= runs; seed += 1) {
    // oxlint-disable-next-line no-await-in-loop -- one rollout after the other
    const trial = await conclusiveTrial(fault, service, folder, seed)
    last = scoreOf(fault, trial)
    if (!isRight(fault, last)) {
      show(trial)
      break
    }
  }
  if (last === undefined) throw new UsageError('--runs: at least one')
  return last
}

async function conclusiveTrial(fault: Fault, service: readonly string[], folder: string, seed: number): Promise<Trial> {
  let trial: Trial | undefined
  for (let attempt = 1; attempt <= TRIES; attempt += 1) {
    // oxlint-disable-next-line no-await-in-loop -- one rollout after the other
    trial = await tryFault(fault, service, folder, seed)
    if (isConclusive(fault, trial)) break
  }
  if (trial === undefined) throw new Error('no trial ran')
  return trial
}

const isConclusive = ({ outcomes }: Fault, { isQuiet, drops, planted }: Trial): boolean =>
  isQuiet && (outcomes.length === 0 || drops.length + planted.size > 0)

/** Prints what the report said, for the author of a fault. */
function show({ sentence, drops }: Trial): void {
  console.log(`  ${sentence}`)
  console.log(`  first: ${drops[0]?.cause ?? 'none'}`)
  const counts = new Map<string, number>()
  for (const { outcome, cause, advice } of drops) {
    const text = `${outcome}: ${cause} → ${String(advice)}`.replaceAll(/[\d,.]+ m?s\b|planted-\S+|http:\S+/gu, '…')
    counts.set(text, (counts.get(text) ?? 0) + 1)
  }
  for (const [text, count] of [...counts].toSorted(([, left], [, right]) => right - left).slice(0, 8)) {
    console.log(`  ${count} × ${text}`)
  }
}
