import { spawn } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import type { Report } from '../../loadtest/src/reports/json.ts'
import { argumentsOf, CASES, nameOf, type Case, type ClusterOptions, type Side } from './cases.ts'
import { markdown, type Pair } from './document.ts'
import { figuresOf, type Figures } from './figures.ts'

const ROOT = join(import.meta.dirname, '../..')
const REPORTS = join(ROOT, '.zero-drop/compare')
const TRIES = 3
const DOCUMENT = join(ROOT, 'docs/local-target.md')

const names = CASES.map(nameOf).join(', ')
const usage = `pnpm compare [options]
  --url URL        where the cluster's service is, one for each node; without one only this machine runs
  --image IMAGE    what set-image rolls the cluster to
  --namespace NAME default: cloud
  --only a,b       of ${names}
  --side SIDE      local or kubernetes; default: both
  --again          run what has been run before, too: reports are kept in .zero-drop/compare
  --table          run nothing: the table of what has been run`

interface Arguments extends ClusterOptions {
  readonly cases: readonly Case[]
  readonly sides: readonly Side[]
  readonly again: boolean
}

function readArguments(): Arguments {
  const { values } = parseArgs({
    options: {
      url: { type: 'string', multiple: true, default: [] },
      image: { type: 'string', default: '' },
      namespace: { type: 'string', default: 'cloud' },
      only: { type: 'string' },
      side: { type: 'string' },
      again: { type: 'boolean', default: false },
      table: { type: 'boolean', default: false },
    },
  })
  const { url: urls, image, namespace, again } = values
  const wanted = values.only?.split(',') ?? CASES.map(nameOf)
  const cases = CASES.filter((one) => wanted.includes(nameOf(one)))
  const stray = wanted.find((name) => !cases.some((one) => nameOf(one) === name))
  if (stray !== undefined) throw new Error(`--only: there is no case '${stray}'; there are ${names}`)
  const possible: readonly Side[] = urls.length > 0 ? ['local', 'kubernetes'] : ['local']
  const sides = values.table ? [] : possible.filter((side) => (values.side ?? side) === side)
  if (values.side === 'kubernetes' && urls.length === 0) throw new Error('--side kubernetes needs --url for each node')
  if (sides.includes('kubernetes') && image === '') throw new Error('--url needs --image, for set-image to roll to')
  return { cases, sides, urls, image, namespace, again }
}

const reportOf = (one: Case, side: Side): string => join(REPORTS, `${side}-${nameOf(one)}.json`)

/** One proof, as anybody would run it. */
function prove(one: Case, side: Side, cluster: ClusterOptions): Promise<number | null> {
  const argv = [...argumentsOf(one, side, cluster), '--report', reportOf(one, side), '--quiet']
  console.log(`zero-drop ${argv.join(' ')}`)
  const child = spawn(process.execPath, [join(ROOT, 'loadtest/dist/cli.js'), ...argv], { stdio: 'inherit', cwd: ROOT })
  return new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('close', resolve)
  })
}

/** Undefined where it has not run, or where the harness found that it could not be trusted just then. */
function reportIn(one: Case, side: Side): Report | undefined {
  const file = reportOf(one, side)
  if (!existsSync(file)) return undefined
  const report = JSON.parse(readFileSync(file, 'utf8')) as Report
  return report.runs.length > 0 ? report : undefined
}

function figuresIn(one: Case, side: Side): Figures | undefined {
  const report = reportIn(one, side)
  return report === undefined ? undefined : figuresOf(report)
}

/** @returns whether there is a run; on a machine that is busy with something else the self-test may need another go */
async function proveInTheEnd(one: Case, side: Side, args: Arguments): Promise<boolean> {
  for (let tried = 0; tried < TRIES; tried += 1) {
    // oxlint-disable-next-line no-await-in-loop -- one try after the other
    const status = await prove(one, side, args)
    if (reportIn(one, side) !== undefined) return true
    if (status !== 3) break
  }
  console.error(`${nameOf(one)} did not run on ${side}`)
  return false
}

/** Exit codes: 0 compared, 1 a run did not come about, 2 the command line is wrong. */
async function main(): Promise<number> {
  let args: Arguments
  try {
    args = readArguments()
  } catch (error) {
    console.error(`${(error as Error).message}\n\n${usage}`)
    return 2
  }
  mkdirSync(REPORTS, { recursive: true })
  let stopped = false
  // A Ctrl-C goes to the proof, too: this one waits until the target has been put back, and begins no other.
  process.on('SIGINT', () => void (stopped = true))
  let failed = false
  for (const one of args.cases) {
    for (const side of args.sides) {
      if (stopped) return 1
      if (!args.again && reportIn(one, side) !== undefined) continue
      // oxlint-disable-next-line no-await-in-loop -- one after the other: they share this machine
      failed = !(await proveInTheEnd(one, side, args)) || failed
    }
  }
  const pairs: Pair[] = CASES.map((one) => ({
    one,
    local: figuresIn(one, 'local'),
    kubernetes: figuresIn(one, 'kubernetes'),
  })).filter(({ local, kubernetes }) => local !== undefined || kubernetes !== undefined)
  const text = markdown(pairs)
  console.log(text)
  writeFileSync(DOCUMENT, text)
  return failed ? 1 : 0
}

process.exitCode = await main()
