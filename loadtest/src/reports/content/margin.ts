import type { RunReport } from '../report.js'
import type { Tone } from './table.js'

/** How much time there was to spare between the last new connection and the close of the listener. */
export interface MarginNote {
  readonly sentence: string
  /** Undefined if there was time to spare. */
  readonly tone: Tone | undefined
}

export function marginOf({ margin }: Pick<RunReport, 'margin'>): MarginNote | null {
  if (margin === null) return null
  const { assessment, sentence } = margin
  return { sentence, tone: assessment === 'too-short' || assessment === 'near-miss' ? 'doubt' : undefined }
}
