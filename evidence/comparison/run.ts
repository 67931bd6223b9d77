import { existsSync, mkdirSync, readFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import type { Report } from '../../loadtest/src/reports/report.ts'
import { pick } from '../base/flags.ts'
import { writePage } from '../base/pages.ts'
import { UsageError } from '../../loadtest/dist/base/errors.js'
import { ROOT, zeroDrop } from '../base/zero-drop.ts'
import { argumentsOf, CASES, nameOf, type Case, type ClusterOptions, type Side } from './cases.ts'
import { markdown, type Pair } from './document.ts'
import { figuresOf, type Figures } from './figures.ts'

const REPORTS = `${ROOT}.zero-drop/compare`
const TRIES = 3

export const usage = `pnpm evidence compare [flags]
  --url URL         the URL of the cluster's service on one node; repeat it for each node. Default: only the local target runs
  --image IMAGE     the image that set-image rolls out on the cluster
  --namespace NAME  default: cloud
  --only a,b        cases: ${CASES.map(nameOf).join(', ')}; default: all
  --side SIDE       local or kubernetes; default: both
  --again           run the cases again that have a report in .zero-drop/compare
  --table           run nothing, and print the table of the reports`

interface Arguments extends ClusterOptions {
  readonly cases: readonly Case[]
  readonly sides: readonly Side[]
  readonly again: boolean
}

function parse(args: readonly string[]): Arguments {
  const { values } = parseArgs({
    args: [...args],
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
  const cases = pick('--only', values.only, CASES, nameOf)
  const possible: readonly Side[] = urls.length > 0 ? ['local', 'kubernetes'] : ['local']
  const sides = values.table ? [] : possible.filter((side) => (values.side ?? side) === side)
  if (values.side === 'kubernetes' && urls.length === 0)
    throw new UsageError('--side kubernetes requires --url for each node')
  if (sides.includes('kubernetes') && image === '')
    throw new UsageError('--url requires --image, the image that set-image rolls out')
  return { cases, sides, urls, image, namespace, again }
}

const reportOf = (one: Case, side: Side): string => `${REPORTS}/${side}-${nameOf(one)}.json`

/** Runs one proof, as a user would. */
function prove(one: Case, side: Side, cluster: ClusterOptions): Promise<number | null> {
  const argv = [...argumentsOf(one, side, cluster), '--report', reportOf(one, side), '--quiet']
  console.log(`zero-drop ${argv.join(' ')}`)
  return zeroDrop(argv, 'inherit')
}

/** Returns the report of a case, or undefined if it has not run or its self-test failed. */
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

/** Runs a case, up to three times if the self-test fails on a busy machine. Returns whether there is a report of a run. */
async function proveInTheEnd(one: Case, side: Side, args: Arguments): Promise<boolean> {
  for (let tried = 0; tried < TRIES; tried += 1) {
    const status = await prove(one, side, args)
    if (reportIn(one, side) !== undefined) return true
    if (status !== 3) break
  }
  console.error(`${nameOf(one)} failed to run on ${side}`)
  return false
}

/** Exit codes: 0 means that every case ran, 1 that one did not. */
export async function run(argv: readonly string[]): Promise<number> {
  const args = parse(argv)
  mkdirSync(REPORTS, { recursive: true })
  let stopped = false
  // Ctrl-C also reaches the running proof. This program waits until that proof has restored its target, and starts no other.
  process.on('SIGINT', () => void (stopped = true))
  let failed = false
  for (const one of args.cases) {
    for (const side of args.sides) {
      if (stopped) return 1
      if (!args.again && reportIn(one, side) !== undefined) continue
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
  const complete = pairs.length === CASES.length && pairs.every(({ local, kubernetes }) => local && kubernetes)
  if (complete) await writePage('local-target.md', text)
  else console.log('docs/local-target.md stays as it is, since not every case has run on both targets')
  return failed ? 1 : 0
}
