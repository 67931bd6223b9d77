import { basename } from 'node:path'
import { EXIT } from '../../../base/exit-status.js'
import type { ExitStatus } from '../../../base/exit-status.js'
import { count } from '../../../base/text.js'
import type { Report } from '../../report.js'
import type { Table } from '../table.js'

import { both, type Pair, type Row } from './row.js'
import { latencyRows, outcomeRows, podRows, settingRows, verdictRows } from './rows.js'

/** Two reports side by side, in sentences and tables. */
export interface Comparison {
  /** The second run dropped more, or proves less, or neither. */
  readonly status: 'worse' | 'weaker' | 'no worse'
  readonly exitStatus: ExitStatus
  readonly sentence: string
  /** The names of the two reports. */
  readonly names: readonly [string, string]
  /** The verdicts of the two. */
  readonly verdicts: readonly [string, string]
  readonly tables: readonly NamedTable[]
}

export interface NamedTable {
  readonly caption: string
  readonly table: Table
}

interface Named {
  /** The path of the report. */
  readonly name: string
  readonly report: Report
}

/** Compares two reports, the second with the first. Only the runs of the service count, unless the twin ran alone. */
export function comparisonOf(first: Named, second: Named): Comparison {
  const reports: Pair<Report> = [first.report, second.report]
  const names: Pair<string> = [basename(first.name), basename(second.name)]
  const table = (title: string, rows: readonly Row[]): NamedTable[] =>
    rows.length === 0 ? [] : [{ caption: title, table: tableOf(title, names, rows) }]
  return {
    ...judgement(reports),
    names,
    verdicts: both(reports, ({ verdict }) => verdict.sentence),
    tables: [
      ...table('Verdict', verdictRows(reports)),
      ...table('Drops by outcome', outcomeRows(reports)),
      ...table('Pods and margins', podRows(reports)),
      ...table('Latency: p50 / p99 / max', latencyRows(reports)),
      ...table('Settings that differ', settingRows(reports)),
    ],
  }
}

function judgement(reports: Pair<Report>): Pick<Comparison, 'status' | 'exitStatus' | 'sentence'> {
  const [first, second] = both(reports, ({ verdict }) => verdict)
  const [before, after] = both(reports, shareOfDrops)
  const numbers = `B dropped ${droppedOf(second)}, A ${droppedOf(first)}`
  if (after > before) return { status: 'worse', exitStatus: EXIT.drops, sentence: `B is worse: ${numbers}.` }
  if (first.status === 'proven' && second.status === 'inconclusive') {
    return {
      status: 'weaker',
      exitStatus: EXIT.inconclusive,
      sentence: `B proves less: it is inconclusive, and A is proven; ${numbers}.`,
    }
  }
  const better = after < before || (first.status === 'inconclusive' && second.status === 'proven')
  return {
    status: 'no worse',
    exitStatus: EXIT.proven,
    sentence: `${better ? 'B is better' : 'B is no worse'}: ${numbers}.`,
  }
}

const shareOfDrops = ({ verdict: { statistics } }: Report): number =>
  statistics.requests === 0 ? 0 : statistics.drops / statistics.requests

function droppedOf({ statistics: { drops, requests } }: Report['verdict']): string {
  const share = drops === 0 ? '' : ` (${((drops / requests) * 100).toFixed(2)} %)`
  return `${count(drops)} of ${count(requests)} requests${share}`
}

const tableOf = (title: string, names: Pair<string>, rows: readonly Row[]): Table => ({
  columns: [
    { header: title },
    { header: `A: ${names[0]}` },
    { header: `B: ${names[1]}` },
    { header: 'change', title: 'from A to B' },
  ],
  rows: rows.map(({ name, cells, change }) => [{ text: name }, ...cells, { text: change }]),
})
