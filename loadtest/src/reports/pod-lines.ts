import type { RunRecord } from '../run-record.js'
import { count } from '../statistics.js'
import type { PodLife } from '../timeline.js'
import { table } from './table.js'

const HEADER = ['pod', 'version', 'ready', 'SIGTERM', 'unrouted', 'last answer', 'gone', 'exit', 'answered']

/** The pods' lives, in seconds since the rollout began, in the order in which they came. */
export function podLines(record: RunRecord): string[] {
  const { timeline, ledger, rolloutStartedAt, startedAt } = record
  const origin = rolloutStartedAt ?? startedAt
  const rows = timeline.pods
    .toSorted((left, right) => (left.createdAt ?? 0) - (right.createdAt ?? 0))
    .map((life) => {
      const traffic = ledger.pods[life.pod]
      return [
        life.pod,
        life.version ?? traffic?.version ?? '–',
        ...[
          life.readyAt,
          life.terminatingAt,
          // A pod that lives on is taken out of routing for moments, too; that is not the end of anything.
          life.terminatingAt === null ? null : life.lastEndpointRemovedAt,
          life.terminatingAt === null ? null : (traffic?.lastAnswerAt ?? null),
          life.goneAt,
        ].map((at) => (at === null ? '–' : seconds(at - origin))),
        exit(life),
        count(traffic?.answered ?? 0),
      ]
    })
  return rows.length === 0 ? ['No pod was seen.'] : table(HEADER, rows)
}

const seconds = (ms: number): string => `${ms < 0 ? '−' : '+'}${Math.abs(ms / 1_000).toFixed(1)}`

const exit = ({ goneAt, killed, exitCode }: PodLife): string => {
  if (goneAt === null) return '–'
  if (killed) return 'SIGKILL'
  return exitCode === null ? '?' : String(exitCode)
}
