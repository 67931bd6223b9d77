import { mkdir, writeFile } from 'node:fs/promises'
import { parseArgs } from 'node:util'
import { random } from '../base/statistics.ts'
import { documentOf, type Row } from './document.ts'
import { rules } from './rules.ts'
import { scenarios, type Scenario } from './scenarios.ts'
import { arrivalsOf, terminate, type Outcome } from './termination.ts'

const docs = new URL('../../docs/', import.meta.url)
const usage = `pnpm simulate [--terminations N]
  N terminations a scenario, seeds 0 to N-1. Only the default, 1000, writes docs/propagation.md; others print.`
const WRITTEN = 1_000

async function simulate(scenario: Scenario, terminations: number): Promise<Row> {
  const outcomes: Outcome[][] = rules.map(() => [])
  for (let seed = 0; seed < terminations; seed++) {
    const numbers = random(seed)
    const arrivals = arrivalsOf(scenario, numbers)
    const phase = numbers() * 10_000
    for (const [index, rule] of rules.entries()) outcomes[index]!.push(await terminate(rule, arrivals, phase))
  }
  return { scenario, outcomes }
}

/** Exit codes: 0 simulated, 2 the command line is wrong. */
async function main(): Promise<number> {
  const { values } = parseArgs({ options: { terminations: { type: 'string', default: String(WRITTEN) } } })
  const terminations = Number(values.terminations)
  if (!Number.isInteger(terminations) || terminations < 1) {
    console.error(`--terminations must be a whole number from 1 on; received '${values.terminations}'\n\n${usage}`)
    return 2
  }
  const rows: Row[] = []
  for (const scenario of scenarios) {
    console.error(scenario.name)
    rows.push(await simulate(scenario, terminations))
  }
  const text = documentOf(rows, terminations)
  if (terminations === WRITTEN) {
    await mkdir(docs, { recursive: true })
    await writeFile(new URL('propagation.md', docs), text)
    console.log('written to docs/propagation.md')
  } else console.log(text)
  return 0
}

try {
  process.exitCode = await main()
} catch (error) {
  if (!(error as NodeJS.ErrnoException).code?.startsWith('ERR_PARSE_ARGS')) throw error
  console.error(`${(error as Error).message}\n\n${usage}`)
  process.exitCode = 2
}
