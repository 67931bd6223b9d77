import { parseArgs } from 'node:util'
import { pick, wholeNumber } from '../base/flags.ts'
import { contenders, OURS, type Contender } from '../contenders/contenders.ts'
import { workspaceMajor } from './nodes.ts'
import type { Row } from './row.ts'
import { rows } from './rows.ts'

export interface Arguments {
  readonly contenders: readonly Contender[]
  readonly rows: readonly Row[]
  /** The major versions of Node for one contender. */
  readonly nodes: (contender: Contender) => readonly number[]
  readonly runs: number
  readonly concurrency: number
  /** Nothing was left out: the table may be written to the documentation. */
  readonly whole: boolean
}

const SUPPORTED = [20, 22, 24, 26]

export const usage = `pnpm evidence conformance [flags]
  --contender a,b   of ${contenders.map(({ name }) => name).join(', ')}; default: all
  --row a,b         of the rows' ids; default: all
  --node 20,24      major versions of Node; default: ${SUPPORTED.join(', ')} for the library, ${workspaceMajor} for its peers
  --runs 3          how often each row is run; it passes when every run does; default: 1
  --concurrency 8   how many processes are tried at the same time; default: 8`

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
