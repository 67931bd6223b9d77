import { OUTCOMES } from '../../base/attempt.js'
import { count } from '../../base/text.js'
import type { RunReport } from '../report.js'
import type { UnansweredRequest } from '../data/unanswered.js'
import type { Tone } from './table.js'

/** The requests that were not answered as they should have been. */
export interface Unanswered {
  /** `12 × ADVICE` for the drops, the most frequent advice first. Empty if nothing was dropped. */
  readonly advice: readonly string[]
  /** Drops first, each group in order of time. */
  readonly requests: readonly UnansweredRequest[]
  /** Requests beyond {@link requests}: counted, not listed. */
  readonly notListed: number
}

export function unansweredOf({
  unanswered,
  unansweredNotListed,
}: Pick<RunReport, 'unanswered' | 'unansweredNotListed'>): Unanswered | null {
  if (unanswered.length === 0 && unansweredNotListed === 0) return null
  return { advice: adviceCounts(unanswered), requests: unanswered, notListed: unansweredNotListed }
}

function adviceCounts(requests: readonly UnansweredRequest[]): string[] {
  const counts = new Map<string, number>()
  for (const { advice } of requests) if (advice !== null) counts.set(advice, (counts.get(advice) ?? 0) + 1)
  return [...counts]
    .toSorted(([, left], [, right]) => right - left)
    .map(([advice, times]) => `${count(times)} × ${advice}`)
}

export const toneOf = ({ outcome }: UnansweredRequest): Tone =>
  OUTCOMES[outcome].standing === 'drop' ? 'bad' : 'doubt'

/** Says how many requests a report does not show; undefined if it shows all. */
export function moreSentence({ requests, notListed }: Unanswered, shown: number): string | undefined {
  const more = requests.length - shown + notListed
  if (more <= 0) return undefined
  const listed =
    notListed === 0 ? 'in the JSON report' : `of which the JSON report lists ${count(requests.length - shown)}`
  return `… and ${count(more)} more, ${listed}`
}
