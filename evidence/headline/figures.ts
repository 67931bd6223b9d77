import { readFileSync } from 'node:fs'
import type { Report } from '../../loadtest/src/reports/report.ts'
import { median } from '../base/statistics.ts'

export interface Figures {
  readonly requests: number
  readonly inHazardWindows: number
  readonly drops: number
  /** By client class. */
  readonly clients: Readonly<Record<string, number>>
  /** The median time from SIGTERM to the end of the process, in s. Null if no process ended. */
  readonly termination: number | null
  readonly terminations: number
  /** The terminations by SIGKILL. */
  readonly killed: number
}

/** @throws {Error} the report has no run */
export function figuresIn(file: string): Figures {
  const report = JSON.parse(readFileSync(file, 'utf8')) as Report
  const [run] = report.runs
  if (run === undefined) throw new Error(`nothing ran: ${report.verdict.sentence}`)
  const { attempts, drops, clients, exposure } = run.requests
  const ended = run.pods.filter(({ readyAt, terminatingAt }) => readyAt !== null && terminatingAt !== null)
  const termination = median(
    ended.map(({ terminatingAt, goneAt }) => (goneAt === null ? null : (goneAt - (terminatingAt ?? 0)) / 1_000)),
  )
  return {
    requests: attempts,
    inHazardWindows: exposure.attempts,
    drops,
    clients: Object.fromEntries(Object.entries(clients).map(([name, tally]) => [name, tally.drops])),
    termination,
    terminations: ended.length,
    killed: ended.filter(({ killed }) => killed).length,
  }
}
