import { createHistogram } from 'node:perf_hooks'

/** A few points of a distribution, in ms; null if nothing was recorded. */
export interface Summary {
  readonly count: number
  readonly p50: number | null
  readonly p99: number | null
  readonly max: number | null
}

/** A distribution of durations. Takes a fixed amount of memory. */
export interface Histogram {
  record(ms: number): void
  summary(): Summary
  /** Forgets every recorded duration. */
  reset(): void
}

const MICROSECONDS = 1_000
/** Ten minutes: longer than any limit of a request. */
const LONGEST = 600_000 * MICROSECONDS

/** Creates a distribution of durations from 1 µs to 10 min, with three significant figures. */
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
