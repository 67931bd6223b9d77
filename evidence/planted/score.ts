import type { UnansweredRequest } from '../../loadtest/dist/reports/data/unanswered.js'
import type { Fault } from './faults.ts'
import type { Trial } from './trial.ts'

/** How right the report of one trial was. */
export interface Score {
  /** Requests that the service spoiled, by its own log; null if the fault does not spoil single requests. */
  readonly planted: number | null
  /** Drops that the fault explains. */
  readonly found: number
  /** Those with a right cause, and with right advice. */
  readonly causes: number
  readonly advice: number
  /** Whether the verdict says what it must. */
  readonly verdict: boolean
  /** Drops that the fault does not explain, and requests that count as sent to a server that was closing although it was not. */
  readonly falseAlarms: number
}

export function scoreOf(fault: Fault, { drops, planted, starved, notProcessed, sentence }: Trial): Score {
  const spoils = planted.size > 0
  const isExplained = ({ id, outcome, cause }: UnansweredRequest): boolean =>
    fault.outcomes.includes(outcome) && (spoils ? planted.has(id) : matches(fault.causes, cause))
  const explained = drops.filter(isExplained)
  return {
    planted: spoils ? [...planted].filter((id) => !starved.has(id)).length : null,
    found: explained.length,
    causes: explained.filter(({ cause }) => matches(fault.causes, cause)).length,
    advice: explained.filter(({ advice }) => advice !== null && matches(fault.advice, advice)).length,
    verdict: fault.verdict?.test(sentence) ?? true,
    falseAlarms: drops.length - explained.length + (fault.name === 'closes-always' ? notProcessed : 0),
  }
}

const matches = (patterns: readonly RegExp[], text: string): boolean => patterns.some((pattern) => pattern.test(text))

/** Returns whether the report was right. */
export const isRight = (fault: Fault, { planted, found, causes, advice, verdict, falseAlarms }: Score): boolean =>
  falseAlarms === 0 &&
  verdict &&
  causes === found &&
  advice === found &&
  (fault.outcomes.length === 0 ? found === 0 : found > 0 && (planted === null || planted === found))
