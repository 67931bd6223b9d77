import { parseArgs } from 'node:util'
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

export const usage = `pnpm conformance [options]
  --contender a,b   of ${contenders.map(({ name }) => name).join(', ')}; default: all
  --row a,b         of the rows' ids; default: all
  --node 20,24      major versions of Node; default: ${SUPPORTED.join(', ')} for the library, ${workspaceMajor} for its peers
  --runs 3          how often each row is run; it passes when every run does; default: 1
  --concurrency 8   how many processes are tried at the same time; default: 8`

/** @throws Error, with one sentence, where a flag or its value is unknown */
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
  const nodes = values.node?.split(',').map((value) => count('--node', value))
  return {
    contenders: pick('--contender', values.contender, contenders, ({ name }) => name),
    rows: pick('--row', values.row, rows, ({ id }) => id),
    nodes: ({ name, node = 0 }) =>
      (nodes ?? (name === OURS ? SUPPORTED : [workspaceMajor])).filter((major) => major >= node),
    runs: count('--runs', values.runs),
    concurrency: count('--concurrency', values.concurrency),
    whole: values.contender === undefined && values.row === undefined,
  }
}

function count(flag: string, value: string): number {
  const number = Number(value)
  if (!Number.isInteger(number) || number < 1) throw new Error(`${flag} takes whole numbers from 1 on, not '${value}'`)
  return number
}

function pick<T>(flag: string, value: string | undefined, all: readonly T[], nameOf: (one: T) => string): readonly T[] {
  if (value === undefined) return all
  return value.split(',').map((name) => {
    const found = all.find((one) => nameOf(one) === name)
    if (found === undefined) throw new Error(`${flag}: there is no '${name}'; there are ${all.map(nameOf).join(', ')}`)
    return found
  })
}
