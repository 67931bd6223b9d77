import type { RunRecord } from './story/run-record.js'
import type { Totals, Statistics } from './totals.js'

/** The facts that a reading judges. */
export interface Material {
  /** The rollouts of the service, at least one. */
  readonly rounds: readonly RunRecord[]
  readonly totals: Totals
  readonly statistics: Statistics
  readonly twin: RunRecord | undefined
  /** The reason why the twin did not run. */
  readonly twinSkipped: string | undefined
  /** The bound of `--until-bound`, as a share: a larger one proves too little. */
  readonly untilBound: number | undefined
}

/** The judgement on the runs, by the expectation of a scenario. */
export interface Reading {
  /** The requests that were lost and should not have been, with numbers; undefined if there are none. */
  readonly loss: string | undefined
  /** The result if nothing was lost, with numbers. */
  readonly finding: string
  /** The reason why the result is a proof. */
  readonly power: string
  /** The reasons why the result is not a proof; empty if it is one. */
  readonly doubts: readonly string[]
}

/** Lists the doubts about each rollout, with its number if there are several. */
export function perRound(rounds: readonly RunRecord[], doubtsOf: (record: RunRecord) => readonly string[]): string[] {
  return rounds.flatMap((record, index) =>
    doubtsOf(record).map((doubt) =>
      rounds.length === 1 ? doubt : `rollout ${index + 1} of ${rounds.length}: ${doubt}`,
    ),
  )
}
