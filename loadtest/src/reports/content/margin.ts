import type { RunReport } from '../report.js'
import type { Tone } from './table.js'

/** How much time there was to spare between the last new connection and the close of the listener. */
export interface MarginNote {
  readonly sentences: readonly string[]
  /** Undefined if there was time to spare. */
  readonly tone: Tone | undefined
}

export function marginOf({ margin }: Pick<RunReport, 'margin'>): MarginNote | null {
  if (margin === null) return null
  const { assessment, sentence, reusedSentence } = margin
  const scarce = assessment === 'too-short' || assessment === 'near-miss' || reusedSentence !== null
  return {
    sentences: [sentence, ...(reusedSentence === null ? [] : [reusedSentence])],
    tone: scarce ? 'doubt' : undefined,
  }
}
