// Rolls out each mistake and its correction under the same load.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { examine } from '../../loadtest/dist/doctor/examine.js'
import { parseObjects } from '../../loadtest/dist/doctor/model/parse.js'
import type { Report } from '../../loadtest/src/reports/report.ts'
import { pick } from '../base/flags.ts'
import { writePage } from '../base/pages.ts'
import { ROOT, zeroDrop } from '../base/zero-drop.ts'
import { CASES, type Case } from './cases.ts'
import { markdown } from './document.ts'
import { manifest } from './manifest.ts'
import { markdown as proof, table, type Outcome, type Row } from './proof.ts'

const FOLDER = `${ROOT}.zero-drop/doctor`

export const usage = `pnpm evidence doctor [flags]
  --only a,b   rules: ${CASES.map(({ rule }) => rule).join(', ')}; default: all
  --again      run the rules again that have a report in .zero-drop/doctor
  --page       run nothing, and write docs/doctor.md from the rules`

/** Returns the rules that find something in a manifest. */
export function rulesIn(text: string): readonly string[] {
  const parsed = parseObjects(text, 'manifest')
  if ('error' in parsed) throw new Error(parsed.error)
  return examine(parsed.objects).findings.map(({ rule }) => rule.id)
}

/** Rolls out a manifest, unless its report exists. */
async function rollOut(
  name: string,
  text: string,
  { scenario, propagation = 'sync-1s', behaviour = {} }: Case,
  again: boolean,
): Promise<Outcome> {
  const report = `${FOLDER}/${name}.json`
  const found = again ? undefined : read(report)
  if (found !== undefined) return found
  console.log(`── ${name}`)
  writeFileSync(`${FOLDER}/${name}.yaml`, text)
  const preload = new URL('preload.mjs', import.meta.url).href
  const argv = ['prove', '--manifests', `${FOLDER}/${name}.yaml`, '--scenario', scenario, '--no-twin', '--quiet']
  for (const [key, value] of Object.entries({ ...behaviour, NODE_OPTIONS: `--import=${preload}` }))
    argv.push('--env', `${key}=${value}`)
  argv.push('--rate', '40', '--background', '0', '--retrying', '0', '--propagation', propagation, '--report', report)
  const status = await zeroDrop(argv, 'ignore')
  const outcome = status === 0 || status === 1 || status === 3 ? read(report) : undefined
  if (outcome === undefined) throw new Error(`zero-drop failed for ${name} with exit status ${status}`)
  return outcome
}

function read(report: string): Outcome | undefined {
  try {
    const { runs } = JSON.parse(readFileSync(report, 'utf8')) as Report
    const requests = runs[0]?.requests
    return requests === undefined ? undefined : { requests: requests.attempts, lost: requests.drops }
  } catch {
    return undefined
  }
}

/** Exit statuses: 0 means that every mistake lost requests and no correction did. */
export async function run(args: readonly string[]): Promise<number> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      only: { type: 'string' },
      again: { type: 'boolean', default: false },
      page: { type: 'boolean', default: false },
    },
  })
  await writePage('doctor.md', markdown())
  if (values.page) return 0
  mkdirSync(FOLDER, { recursive: true })
  const rows: Row[] = []
  // One after the other: they share this machine.
  for (const each of pick('--only', values.only, CASES, ({ rule }) => rule)) {
    const corrected = [
      'right',
      each.scenario,
      ...Object.keys(each.behaviour ?? {}),
      ...(each.propagation === undefined ? [] : [each.propagation]),
    ]
      .join('-')
      .toLowerCase()
    const done = rows.some(
      (row) =>
        row.case.scenario === each.scenario &&
        row.case.behaviour === each.behaviour &&
        row.case.propagation === each.propagation,
    )
    const right = await rollOut(corrected, manifest(), each, values.again && !done)
    rows.push({ case: each, wrong: await rollOut(each.rule, manifest(each.wrong), each, values.again), right })
  }
  console.log(table(rows))
  if (values.only === undefined) await writePage('doctor-proof.md', proof(rows))
  return rows.every(({ wrong, right }) => wrong.lost > 0 && right.lost === 0) ? 0 : 1
}
