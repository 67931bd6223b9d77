import type { RunReport } from '../report.js'

/** The period that the lanes and charts of a run show, and their zero, the start of the rollout. Epoch ms. */
export interface Span {
  readonly from: number
  readonly to: number
  readonly origin: number
}

export function spanOf(run: RunReport): Span {
  const seconds = run.traffic.seconds.map(({ at }) => at)
  const origin = run.rolloutStartedAt ?? seconds[0] ?? run.startedAt
  const from = Math.min(origin, seconds[0] ?? origin)
  const to = Math.max(from + 1_000, (seconds.at(-1) ?? run.endedAt) + 1_000)
  return { from, to, origin }
}

/** Returns where an epoch time is on the time axis, from 0 at its left end to 1 at its right end. */
export const shareAt = ({ from, to }: Span, at: number): number => Math.min(1, Math.max(0, (at - from) / (to - from)))

/** Formats the same for a style: `12.5%`. */
export const percentAt = (span: Span, at: number): string => `${round(shareAt(span, at) * 100)}%`

export const round = (value: number): number => Math.round(value * 100) / 100

const STEPS = [1, 2, 5, 10, 20, 30, 60, 120, 300, 600, 1_800, 3_600]
const MOST_TICKS = 10

/** Returns the ticks of the axis, in seconds since the start of the rollout. */
export function ticksOf({ from, to, origin }: Span): number[] {
  const step = STEPS.find((each) => (to - from) / 1_000 / each <= MOST_TICKS) ?? 6 * 3_600
  const first = Math.ceil((from - origin) / 1_000 / step)
  const last = Math.floor((to - origin) / 1_000 / step)
  return Array.from({ length: Math.max(0, last - first + 1) }, (_, index) => (first + index) * step)
}
