import { clock, duration } from '../../base/text.js'
import type { RunReport } from '../report.js'

/** Says when the rollout took place and how it ended. */
export function rolloutSentence({
  outcome,
  rolloutStartedAt,
  rolloutEndedAt,
}: Pick<RunReport, 'outcome' | 'rolloutStartedAt' | 'rolloutEndedAt'>): string {
  if (rolloutStartedAt === null || rolloutEndedAt === null) return 'No rollout took place.'
  const took = duration(rolloutEndedAt - rolloutStartedAt)
  const began = `The rollout began at ${clock(rolloutStartedAt)} UTC`
  if (outcome.status === 'finished') return `${began} and took ${took}.`
  if (outcome.status === 'failed') return `${began} and failed after ${took}: ${outcome.reason}`
  return `${began} and was interrupted after ${took}.`
}
