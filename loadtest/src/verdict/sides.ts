import type { RunRecord } from './story/run-record.js'
import { plural } from '../base/text.js'

/** What a verdict must say of what it did not look at; nothing where bodies and logs account for every request. */
export const sidesOf = (rounds: readonly RunRecord[]): string => logsOf(rounds) + bodiesOf(rounds) + reuseOf(rounds)

function bodiesOf(rounds: readonly RunRecord[]): string {
  const paths = [...new Set(rounds.flatMap(({ byStatusAlone }) => byStatusAlone))]
  return paths.length === 0 ? '' : `; what ${paths.join(' and ')} answered was judged by its status alone`
}

const reuseOf = (rounds: readonly RunRecord[]): string =>
  rounds.every(({ ledger }) => ledger.reused === 0) ? '; no connection carried more than one request' : ''

function logsOf(rounds: readonly RunRecord[]): string {
  const logs = rounds.map(({ serverLog }) => serverLog.summary())
  if (logs.some((log) => log === undefined))
    return "; judged from the clients' side alone, since no server's log is known"
  const gaps = logs.reduce((total, log) => total + (log?.gaps ?? 0), 0)
  const missing = rounds.reduce((total, { ledger }) => total + (ledger.answeredWithoutLog ?? 0), 0)
  if (missing > 0) return `; the servers' logs have gaps: ${plural(missing, 'answered request')} in none of them`
  return gaps > 0 ? `; the servers' logs have ${plural(gaps, 'gap')}` : ''
}
