import type { Contender } from '../contenders/contenders.ts'
import type { Trial } from './trial.ts'

/** One behaviour: what a client that never retries, a probe or the parent process sees of a shutdown. */
export interface Row {
  /** For `--row`. */
  readonly id: string
  readonly title: string
  /** What a contender must offer for the question to make sense. */
  readonly needs?: 'probes' | 'hooks' | 'drainEvent'
  /** A race: how often it is run before a pass means something. Default 1. */
  readonly repeat?: number
  /** Rejects, with a sentence that says what was seen, where the behaviour is not there. */
  readonly run: (trial: Trial) => Promise<void>
}

/** Whether the row asks for something that the contender offers. */
export const applies = (row: Row, contender: Contender): boolean =>
  row.needs === undefined || contender[row.needs] !== undefined
