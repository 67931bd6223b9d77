import { parseArgs } from 'node:util'
import { pick, wholeNumber } from '../base/flags.ts'
import { contenders, OURS, type Contender } from '../contenders/contenders.ts'
import { workspaceMajor } from './nodes.ts'
import type { Row } from './row.ts'
import { rows } from './rows.ts'

export interface Arguments {
  readonly contenders: readonly Contender[]
  readonly rows: readonly Row[]
  /** Returns the major versions of Node to run a contender on. */
  readonly nodes: (contender: Contender) => readonly number[]
  readonly runs: number
  readonly concurrency: number
  /** Whether the run covers every contender and row, so that it writes the page. */
  readonly whole: boolean
}

const SUPPORTED = [20, 22, 24, 26]

export const usage = `pnpm evidence conformance [flags]
  --contender a,b   contenders: ${contenders.map(({ name }) => name).join(', ')}; default: all
  --row a,b         ids of rows; default: all
  --node 20,24      major versions of Node; default: ${SUPPORTED.join(', ')} for the library, ${workspaceMajor} for its peers
  --runs N          how often each row runs; it passes if every run does; default: 1
  --concurrency N   how many processes run at the same time; default: 8
  With --contender or --row, the run prints its table and leaves docs/conformance.md as it is.`

/** @throws {UsageError} a flag or its value is unknown */
export function parse(args: readonly string[]): Arguments {
  const { values } = parseArgs({
    args: [...args],
    options: {
      contender: { type: 'string' },
      row: { type: 'string' },
      node: { type: 'string' },
      runs: { type: 'string', default: '1' },
      concurrency: { type: 'string', default: '8' },
    },
  })
  const nodes = values.node?.split(',').map((value) => wholeNumber('--node', value))
  return {
    contenders: pick('--contender', values.contender, contenders, ({ name }) => name),
    rows: pick('--row', values.row, rows, ({ id }) => id),
    nodes: ({ name, node = 0 }) =>
      (nodes ?? (name === OURS ? SUPPORTED : [workspaceMajor])).filter((major) => major >= node),
    runs: wholeNumber('--runs', values.runs),
    concurrency: wholeNumber('--concurrency', values.concurrency),
    whole: values.contender === undefined && values.row === undefined,
  }
}
