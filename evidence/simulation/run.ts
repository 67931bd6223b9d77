import { parseArgs } from 'node:util'
import { wholeNumber } from '../base/flags.ts'
import { writePage } from '../base/pages.ts'
import { mulberry32 } from '../../loadtest/dist/base/random.js'
import { documentOf, type Row } from './document.ts'
import { rules } from './rules.ts'
import { scenarios, type Scenario } from './scenarios.ts'
import { arrivalsOf, terminate, type Outcome } from './termination.ts'

/** The number of terminations in the page. */
const WRITTEN = 1_000

export const usage = `pnpm evidence simulate [flags]
  --terminations N   terminations of each scenario, with seeds 0 to N-1; default: ${WRITTEN}. Any other number prints the page and
                     leaves docs/propagation.md as it is`

async function simulate(scenario: Scenario, terminations: number): Promise<Row> {
  const outcomes: Outcome[][] = rules.map(() => [])
  for (let seed = 0; seed < terminations; seed++) {
    const numbers = mulberry32(seed)
    const arrivals = arrivalsOf(scenario, numbers)
    const phase = numbers() * 10_000
    for (const [index, rule] of rules.entries()) outcomes[index]!.push(await terminate(rule, arrivals, phase))
  }
  return { scenario, outcomes }
}

/** Exit codes: 0. */
export async function run(args: readonly string[]): Promise<number> {
  const { values } = parseArgs({
    args: [...args],
    options: { terminations: { type: 'string', default: String(WRITTEN) } },
  })
  const terminations = wholeNumber('--terminations', values.terminations)
  const rows: Row[] = []
  for (const scenario of scenarios) {
    console.error(scenario.name)
    rows.push(await simulate(scenario, terminations))
  }
  const text = documentOf(rows, terminations)
  if (terminations === WRITTEN) await writePage('propagation.md', text)
  else console.log(text)
  return 0
}
