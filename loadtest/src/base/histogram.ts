import { createHistogram } from 'node:perf_hooks'

/** Milliseconds at a few points of a distribution; undefined where nothing was recorded. */
export interface Summary {
  readonly count: number
  readonly p50: number | null
  readonly p99: number | null
  readonly max: number | null
}

/** A distribution of durations in a fixed amount of memory, however many are recorded. */
export interface Histogram {
  record(ms: number): void
  summary(): Summary
  /** Forgets what was recorded. */
  reset(): void
}

const MICROSECONDS = 1_000
/** Ten minutes: longer than any request that is waited for. */
const LONGEST = 600_000 * MICROSECONDS

/** Durations in milliseconds, kept with three significant figures from 1 µs to 10 min. */
export function createDurations(): Histogram {
  const histogram = createHistogram({ lowest: 1, highest: LONGEST, figures: 3 })
  const at = (percentile: number): number => round(histogram.percentile(percentile) / MICROSECONDS)
  return {
    record: (ms) => histogram.record(Math.min(LONGEST, Math.max(1, Math.round(ms * MICROSECONDS)))),
    summary: () =>
      histogram.count === 0
        ? { count: 0, p50: null, p99: null, max: null }
        : { count: histogram.count, p50: at(50), p99: at(99), max: round(histogram.max / MICROSECONDS) },
    reset: () => histogram.reset(),
  }
}

const round = (ms: number): number => Math.round(ms * 100) / 100
