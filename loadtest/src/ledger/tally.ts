import { OUTCOMES, OUTCOME_NAMES } from '../base/attempt.js'
import type { Outcome } from '../base/attempt.js'
import { createDurations } from '../base/histogram.js'
import type { Histogram, Summary } from '../base/histogram.js'

/** How many attempts ended with each outcome. */
export type OutcomeCounts = Record<Outcome, number>

/** Counts of attempts. Takes a fixed amount of memory. */
export interface Tally {
  readonly outcomes: OutcomeCounts
  /** The outcomes of attempts inside a hazard window. */
  readonly hazard: OutcomeCounts
  /** From the scheduled time to the end of the answer, without the time that the client asked for, for answered attempts. */
  readonly latency: Histogram
}

export interface TallySummary {
  readonly attempts: number
  readonly drops: number
  readonly hazardAttempts: number
  readonly hazardDrops: number
  readonly outcomes: OutcomeCounts
  readonly latencyMs: Summary
}

export const createTally = (latency: Histogram = createDurations()): Tally => ({
  outcomes: noOutcomes(),
  hazard: noOutcomes(),
  latency,
})

export const noOutcomes = (): OutcomeCounts =>
  Object.fromEntries(OUTCOME_NAMES.map((name) => [name, 0])) as OutcomeCounts

export const sum = (counts: OutcomeCounts): number => OUTCOME_NAMES.reduce((total, name) => total + counts[name], 0)

export const sumDrops = (counts: OutcomeCounts): number =>
  OUTCOME_NAMES.reduce((total, name) => (OUTCOMES[name].standing === 'drop' ? total + counts[name] : total), 0)

/** Counts the attempts that say something about the service: all but those that the harness itself failed. */
export const sumJudged = (counts: OutcomeCounts): number =>
  OUTCOME_NAMES.reduce((total, name) => (OUTCOMES[name].standing === 'harness' ? total : total + counts[name]), 0)

export const summarize = (tally: Tally): TallySummary => ({
  attempts: sum(tally.outcomes),
  drops: sumDrops(tally.outcomes),
  hazardAttempts: sum(tally.hazard),
  hazardDrops: sumDrops(tally.hazard),
  outcomes: { ...tally.outcomes },
  latencyMs: tally.latency.summary(),
})
