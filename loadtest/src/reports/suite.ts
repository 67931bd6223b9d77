import { count } from '../base/text.js'
import type { SuiteRow } from '../proof/suite.js'
import { table } from './table.js'

/** The table for people, then what is to be said about each scenario that was not proven. */
export function suiteReport(rows: readonly SuiteRow[]): string {
  const header = ['scenario', 'requests', 'drops', 'terminations', 'twin drops', 'verdict']
  const lines = rows.map(({ scenario, requests, drops, terminations, twinDrops, status }) => [
    scenario,
    count(requests),
    count(drops),
    count(terminations),
    twinDrops === null ? '–' : count(twinDrops),
    status,
  ])
  const sentences = rows.filter(({ status }) => status !== 'proven').map((row) => `${row.scenario}: ${row.sentence}`)
  const reports = rows.flatMap(({ report }) => report ?? [])
  return [
    ...table(header, lines),
    '',
    ...sentences,
    ...(sentences.length > 0 ? [''] : []),
    `Reports: ${reports.join('  ') || 'none'}`,
    '',
  ].join('\n')
}
