import type { RunRecord } from '../verdict/story/run-record.js'
import { count, plural } from '../base/text.js'

/** What users behind a client that retries would have noticed, in words. */
export function retryingLines({ retrying }: RunRecord): string[] {
  if (!retrying) return []
  const { requests, answeredAtOnce, answeredAfterRetries, failed, latencyMs, errors } = retrying
  const retried =
    answeredAfterRetries === 0
      ? `${count(answeredAtOnce)} answered at once`
      : `${count(answeredAtOnce)} answered at once, ${count(answeredAfterRetries)} after a retry`
  const seen =
    failed === 0 ? 'no user saw an error' : `${plural(failed, 'error')} seen by users, the first: ${errors[0]}`
  return [
    `Users of a client that retries twice (no part of the verdict): of ${plural(requests, 'request')} ${retried}; ${seen}; ` +
      `the slowest answer took ${Math.round(latencyMs.max ?? 0)} ms.`,
  ]
}
