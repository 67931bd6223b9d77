import type { Contender } from '../contenders/contenders.ts'
import type { Trial } from './trial.ts'

/** One behaviour of a shutdown, as seen by clients that never retry, by probes or by the parent process. */
export interface Row {
  /** The name for `--row`. */
  readonly id: string
  readonly title: string
  /** The feature that a contender must offer. Without it, the row does not apply. */
  readonly needs?: 'probes' | 'hooks' | 'adaptiveDelay' | 'drainEvent' | 'cleartextHttp2' | 'preload' | 'worker'
  /** How often to run a row that is a race. Default 1. */
  readonly repeat?: number
  /** Rejects with a sentence about what it observed if the contender behaves differently. */
  readonly run: (trial: Trial) => Promise<void>
}

/** Returns whether the contender offers what the row needs. */
export const applies = (row: Row, contender: Contender): boolean =>
  row.needs === undefined ||
  (row.needs === 'cleartextHttp2' ? contender.cleartextHttp2 !== false : contender[row.needs] !== undefined)
