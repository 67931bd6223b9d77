// The headline: the same rollout, load and seed for the naive service, each peer and ours.
import { spawn } from 'node:child_process'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { entries, idOf, type Entry } from './contenders.ts'
import { markdown, summary, type Row, type Setting } from './document.ts'
import { figuresIn } from './figures.ts'

const ROOT = join(import.meta.dirname, '../..')
const REPORTS = join(ROOT, '.zero-drop/headline')
const DELAY = 10_000
const BUDGET = 25_000
/** Past it the kubelet's SIGKILL comes, in s. */
const GRACE_PERIOD = 30

const usage = `pnpm headline [options]
  --only a,b   of ${entries.map(idOf).join(', ')}; prints the table, and leaves the documents alone
  --rate N     requests per second. Default: 200
  --seed N     default: 1`

interface Arguments {
  readonly chosen: readonly Entry[]
  readonly whole: boolean
  readonly setting: Setting
}

function readArguments(): Arguments {
  const { values } = parseArgs({
    options: {
      only: { type: 'string' },
      rate: { type: 'string', default: '200' },
      seed: { type: 'string', default: '1' },
    },
  })
  const wanted = values.only?.split(',')
  const stray = wanted?.find((name) => !entries.some((entry) => idOf(entry) === name))
  if (stray !== undefined) throw new Error(`--only: there is no contender '${stray}'`)
  const [rate, seed] = [wholeNumber('rate', values.rate), wholeNumber('seed', values.seed)]
  return {
    chosen: wanted === undefined ? entries : entries.filter((entry) => wanted.includes(idOf(entry))),
    whole: wanted === undefined,
    setting: { delay: DELAY, budget: BUDGET, rate, seed },
  }
}

function wholeNumber(flag: string, text: string): number {
  const value = Number(text)
  if (!Number.isSafeInteger(value) || value < 1)
    throw new Error(`--${flag} is '${text}'; it must be a whole number from 1`)
  return value
}

/** One rollout by zero-drop, as anybody would run it. Its twin is a row of its own here. */
async function rollOut(entry: Entry, { rate, seed }: Setting): Promise<Row> {
  const report = join(REPORTS, `${idOf(entry)}.json`)
  const environment = [`DELAY=${DELAY}`, `BUDGET=${BUDGET}`, `SLEEP=${entry.sleep}`, 'LOG_LEVEL=info']
  const argv = [
    join(ROOT, 'loadtest/dist/cli.js'),
    'prove',
    '--command',
    `'${process.execPath}' '${join(import.meta.dirname, entry.file === 'naive' ? '../contenders' : 'contenders', `${entry.file}.mjs`)}'`,
    '--no-twin',
    '--profile',
    join(import.meta.dirname, 'zero-drop.yaml'),
    ...environment.flatMap((variable) => ['--env', variable]),
    '--grace-period',
    String(GRACE_PERIOD),
    '--rate',
    String(rate),
    '--seed',
    String(seed),
    '--background',
    '0',
    '--report',
    report,
    '--quiet',
  ]
  console.log(`── ${idOf(entry)}`)
  const status = await run(argv)
  if (status !== 0 && status !== 1 && status !== 3) throw new Error(`zero-drop ended with ${status} for ${idOf(entry)}`)
  return { entry, figures: figuresIn(report) }
}

const run = (argv: readonly string[]): Promise<number | null> =>
  new Promise((resolve, reject) => {
    const child = spawn(process.execPath, argv, { stdio: ['ignore', 'ignore', 'inherit'], cwd: ROOT })
    child.once('error', reject)
    child.once('close', resolve)
  })

/** Puts the table between the marks of README.md. */
function updateReadme(table: string): void {
  const file = join(ROOT, 'README.md')
  const before = readFileSync(file, 'utf8')
  const after = before.replace(
    /(<!-- headline -->\n)[^]*?(\n<!-- \/headline -->)/,
    (_, from: string, to: string) => from + table + to,
  )
  if (after === before && !before.includes(table)) throw new Error('README.md has no marks for the headline')
  writeFileSync(file, after)
}

/** Exit codes: 0 every contender was rolled out, 1 one was not, 2 the command line is wrong. */
async function main(): Promise<number> {
  let args: Arguments
  try {
    args = readArguments()
  } catch (error) {
    console.error(`${(error as Error).message}\n\n${usage}`)
    return 2
  }
  mkdirSync(REPORTS, { recursive: true })
  const rows: Row[] = []
  // oxlint-disable-next-line no-await-in-loop -- one after the other: they share this machine
  for (const entry of args.chosen) rows.push(await rollOut(entry, args.setting))
  console.log(summary(rows))
  if (!args.whole) return 0
  writeFileSync(join(ROOT, 'docs/headline.md'), markdown(rows, args.setting))
  updateReadme(summary(rows))
  return 0
}

process.exitCode = await main()
