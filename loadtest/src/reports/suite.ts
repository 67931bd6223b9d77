import { count } from '../base/text.js'
import type { SuiteRow } from '../proof/suite.js'
import { textTable } from './text-table.js'

/** Renders a suite for a terminal: a table, then the verdict of each scenario that was not proven. */
export function suiteReport(rows: readonly SuiteRow[]): string {
  const sentences = rows.filter(({ status }) => status !== 'proven').map((row) => `${row.scenario}: ${row.sentence}`)
  const reports = rows.flatMap(({ report }) => report ?? [])
  return [
    ...textTable({
      columns: ['scenario', 'requests', 'drops', 'terminations', 'twin drops', 'verdict'].map((header) => ({ header })),
      rows: rows.map(({ scenario, requests, drops, terminations, twinDrops, status }) =>
        [
          scenario,
          count(requests),
          count(drops),
          count(terminations),
          twinDrops === null ? '–' : count(twinDrops),
          status,
        ].map((text) => ({ text })),
      ),
    }),
    '',
    ...sentences,
    ...(sentences.length > 0 ? [''] : []),
    `Reports: ${reports.join('  ') || 'none'}`,
    '',
  ].join('\n')
}
