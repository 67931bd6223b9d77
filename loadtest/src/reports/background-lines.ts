import type { RunRecord } from '../verdict/story/run-record.js'
import { count, plural } from '../base/text.js'

/** autocannon's part, in words. */
export function backgroundLines({ background }: RunRecord): string[] {
  if (background === null) return []
  if (background.crashed !== null) return [`Background load (autocannon) ended early: ${background.crashed}`]
  const { issued, acknowledged, lost, lostAfterClose, unfinished, unexpectedStatus, latencyMs, requestsPerSecond } =
    background
  const parts = [`${count(acknowledged)} of ${plural(issued, 'request')} acknowledged at ${requestsPerSecond}/s`]
  if (latencyMs) parts.push(`p99 ${latencyMs.p99} ms`)
  if (lostAfterClose > 0) parts.push(`${count(lostAfterClose)} lost by itself, written after Connection: close`)
  if (lost > 0) parts.push(`${count(lost)} lost otherwise`)
  if (unexpectedStatus > 0) parts.push(`${count(unexpectedStatus)} with another status than 200`)
  if (unfinished > 0) parts.push(`${count(unfinished)} still in flight at the end`)
  return [`Background load (autocannon; no part of the verdict): ${parts.join(', ')}.`]
}
