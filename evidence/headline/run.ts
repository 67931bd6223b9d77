// The headline: one rollout with the same load and seed for each contender.
import { mkdirSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { pick, wholeNumber } from '../base/flags.ts'
import { writePage } from '../base/pages.ts'
import { ROOT, zeroDrop } from '../base/zero-drop.ts'
import { markdown, summary, type Row, type Setting } from './document.ts'
import { entries, idOf, type Entry } from './entries.ts'
import { figuresIn } from './figures.ts'

const REPORTS = `${ROOT}.zero-drop/headline`
const DELAY = 10_000
const BUDGET = 25_000
/** The time from SIGTERM to SIGKILL, in s. */
const GRACE_PERIOD = 30

export const usage = `pnpm evidence headline [flags]
  --only a,b   contenders: ${entries.map(idOf).join(', ')}; default: all. Prints the table and leaves the pages as they are
  --rate N     requests per second; default: 200
  --seed N     default: 1`

/** Runs one rollout without a twin, since the naive service is a row of its own. */
async function rollOut(entry: Entry, { rate, seed }: Setting): Promise<Row> {
  const report = `${REPORTS}/${idOf(entry)}.json`
  const environment = {
    APPLICATION: 'service',
    DELAY: String(DELAY),
    BUDGET: String(BUDGET),
    SLEEP: String(entry.sleep),
    LOG_LEVEL: 'info',
  }
  console.log(`── ${idOf(entry)}`)
  const command = [process.execPath, fileURLToPath(entry.contender.fixture)].map((word) => `'${word}'`).join(' ')
  const profile = fileURLToPath(new URL('zero-drop.yaml', import.meta.url))
  const argv = ['prove', '--command', command, '--no-twin', '--profile', profile]
  for (const [name, value] of Object.entries(environment)) argv.push('--env', `${name}=${value}`)
  argv.push('--grace-period', String(GRACE_PERIOD), '--rate', String(rate), '--seed', String(seed))
  argv.push('--background', '0', '--report', report, '--quiet')
  const status = await zeroDrop(argv, 'ignore')
  if (status !== 0 && status !== 1 && status !== 3)
    throw new Error(`zero-drop failed for ${idOf(entry)} with exit code ${status}`)
  return { entry, figures: figuresIn(report) }
}

/** Exit codes: 0 means that every contender was rolled out. */
export async function run(args: readonly string[]): Promise<number> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      only: { type: 'string' },
      rate: { type: 'string', default: '200' },
      seed: { type: 'string', default: '1' },
    },
  })
  const chosen = pick('--only', values.only, entries, idOf)
  const setting: Setting = {
    delay: DELAY,
    budget: BUDGET,
    rate: wholeNumber('--rate', values.rate),
    seed: wholeNumber('--seed', values.seed),
  }
  mkdirSync(REPORTS, { recursive: true })
  const rows: Row[] = []
  // One after the other: they share this machine.
  for (const entry of chosen) rows.push(await rollOut(entry, setting))
  console.log(summary(rows))
  if (values.only !== undefined) return 0
  await writePage('headline.md', markdown(rows, setting))
  return 0
}
