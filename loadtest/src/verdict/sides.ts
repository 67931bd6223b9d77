import type { RunRecord } from './story/run-record.js'
import { plural } from '../base/text.js'

/** Says what the verdict did not check; empty if bodies and logs account for every request. */
export const sidesOf = (rounds: readonly RunRecord[]): string => logsOf(rounds) + bodiesOf(rounds) + reuseOf(rounds)

function bodiesOf(rounds: readonly RunRecord[]): string {
  const alone = [...new Set(rounds.flatMap(({ byStatusAlone }) => byStatusAlone))]
  const others = [...new Set(rounds.flatMap(({ unmatched }) => unmatched))]
  return (
    (alone.length === 0 ? '' : `; responses from ${alone.join(' and ')} were judged by status alone`) +
    (others.length === 0 ? '' : `; responses from ${others.join(' and ')} were not matched to their requests`)
  )
}

const reuseOf = (rounds: readonly RunRecord[]): string =>
  rounds.every(({ ledger }) => ledger.reused === 0) ? '; no connection carried more than one request' : ''

function logsOf(rounds: readonly RunRecord[]): string {
  const logs = rounds.map(({ serverLog }) => serverLog.summary())
  if (logs.some((log) => log === undefined))
    return "; judged from the clients' side alone, because there are no server logs"
  const gaps = logs.reduce((total, log) => total + (log?.gaps ?? 0), 0)
  const missing = rounds.reduce((total, { ledger }) => total + (ledger.answeredWithoutLog ?? 0), 0)
  if (missing > 0) return `; the server logs have gaps: ${plural(missing, 'answered request')} missing from them`
  return gaps > 0 ? `; the server logs have ${plural(gaps, 'gap')}` : ''
}
