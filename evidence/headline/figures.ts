import { readFileSync } from 'node:fs'

/** What this program reads of a `report.json` of zero-drop (schema: `loadtest/report.schema.json`). */
interface Report {
  readonly runs: readonly {
    readonly startedAt: number
    readonly requests: {
      readonly attempts: number
      readonly drops: number
      readonly clients: Readonly<Record<string, { readonly drops: number }>>
      readonly exposure: { readonly attempts: number }
    }
    readonly pods: readonly {
      readonly readyAt: number | null
      readonly terminatingAt: number | null
      readonly goneAt: number | null
      readonly killed: boolean
    }[]
  }[]
  readonly verdict: { readonly sentence: string }
}

export interface Figures {
  readonly requests: number
  readonly inHazardWindows: number
  readonly drops: number
  /** By client class. */
  readonly clients: Readonly<Record<string, number>>
  /** From SIGTERM to the end of the process, the median over the terminations, in s; null: nobody ended. */
  readonly termination: number | null
  readonly terminations: number
  /** Of those, ended by SIGKILL. */
  readonly killed: number
}

/** @throws {Error} the report is of no run */
export function figuresIn(file: string): Figures {
  const report = JSON.parse(readFileSync(file, 'utf8')) as Report
  const [run] = report.runs
  if (run === undefined) throw new Error(`nothing ran: ${report.verdict.sentence}`)
  const { attempts, drops, clients, exposure } = run.requests
  const ended = run.pods.filter(({ readyAt, terminatingAt }) => readyAt !== null && terminatingAt !== null)
  const lives = ended
    .flatMap(({ terminatingAt, goneAt }) => (goneAt === null ? [] : [goneAt - (terminatingAt ?? 0)]))
    .toSorted((a, b) => a - b)
  const median = lives[Math.floor(lives.length / 2)]
  return {
    requests: attempts,
    inHazardWindows: exposure.attempts,
    drops,
    clients: Object.fromEntries(Object.entries(clients).map(([name, tally]) => [name, tally.drops])),
    termination: median === undefined ? null : median / 1_000,
    terminations: ended.length,
    killed: ended.filter(({ killed }) => killed).length,
  }
}
