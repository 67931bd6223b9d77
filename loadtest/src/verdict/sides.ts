import type { RunRecord } from '../run-record.js'
import { plural } from '../statistics.js'

/** What a verdict must say of the servers' side: nothing where the logs account for every request, else a clause. */
export function sidesOf(rounds: readonly RunRecord[]): string {
  const logs = rounds.map(({ serverLog }) => serverLog.summary())
  if (logs.some((log) => log === undefined))
    return "; judged from the clients' side alone, since no server's log is known"
  const gaps = logs.reduce((total, log) => total + (log?.gaps ?? 0), 0)
  const missing = rounds.reduce((total, { ledger }) => total + (ledger.answeredWithoutLog ?? 0), 0)
  if (missing > 0) return `; the servers' logs have gaps: ${plural(missing, 'answered request')} in none of them`
  return gaps > 0 ? `; the servers' logs have ${plural(gaps, 'gap')}` : ''
}
