import type { RunRecord } from './story/run-record.js'
import type { Totals, Statistics } from './totals.js'

/** What is judged, by what its scenario expects. */
export interface Material {
  /** The service's rollouts, one at least. */
  readonly rounds: readonly RunRecord[]
  readonly totals: Totals
  readonly statistics: Statistics
  readonly twin: RunRecord | undefined
  /** Why there is no twin. */
  readonly twinSkipped: string | undefined
  /** The bound that was asked for: a larger one proves too little. */
  readonly untilBound: number | undefined
}

/** What an expectation makes of the material. */
export interface Reading {
  /** What was lost that should not have been, with its numbers; undefined where nothing was. */
  readonly loss: string | undefined
  /** What was found where nothing was lost, with its numbers. */
  readonly finding: string
  /** What makes a proof of it, over and above; empty where nothing has to. */
  readonly power: string
  /** Whatever keeps it from being a proof. */
  readonly doubts: readonly string[]
}

/** In which of several rollouts it was. */
export function perRound(rounds: readonly RunRecord[], doubtsOf: (record: RunRecord) => readonly string[]): string[] {
  return rounds.flatMap((record, index) =>
    doubtsOf(record).map((doubt) =>
      rounds.length === 1 ? doubt : `in rollout ${index + 1} of ${rounds.length} ${doubt}`,
    ),
  )
}
