import type { RunReport } from '../report.js'

/** The numbers of a run over its time, for the charts. All lists have the same length. */
export interface Series {
  /** Epoch ms of the start of each period. */
  readonly at: readonly number[]
  /** Length of a period, in seconds. */
  readonly periodSeconds: number
  readonly versions: readonly string[]
  /** Answers per second, by version. */
  readonly answered: readonly (readonly number[])[]
  /** Drops in each period. */
  readonly dropped: readonly number[]
  readonly p50: readonly (number | null)[]
  readonly p99: readonly (number | null)[]
  readonly max: readonly (number | null)[]
}

/** More points than this are not visible, and would make the page of a long run large. */
const MOST_POINTS = 600

/** @param versions of the whole report, in the order of their colours */
export function seriesOf({ traffic }: Pick<RunReport, 'traffic'>, versions: readonly string[]): Series {
  const { seconds } = traffic
  const from = seconds[0]?.at ?? 0
  const length = seconds.length === 0 ? 0 : ((seconds.at(-1)?.at ?? from) - from) / 1_000 + 1
  const periodSeconds = Math.max(1, Math.ceil(length / MOST_POINTS))
  const periods: (typeof seconds)[number][][] = Array.from({ length: Math.ceil(length / periodSeconds) }, () => [])
  for (const second of seconds) periods[Math.floor((second.at - from) / 1_000 / periodSeconds)]?.push(second)
  const shown = versions.filter((version) => seconds.some(({ answered }) => (answered[version] ?? 0) > 0))
  const known = new Set(versions)
  const others = seconds.some(({ answered }) => Object.keys(answered).some((version) => !known.has(version)))
  const ofVersion = (period: typeof seconds, version: string | undefined): number =>
    total(
      period.flatMap(({ answered }) =>
        version === undefined
          ? Object.entries(answered).flatMap(([name, value]) => (known.has(name) ? [] : value))
          : (answered[version] ?? 0),
      ),
    ) / periodSeconds
  // Percentiles do not add up. The largest of a period hides no slow second.
  const largest = (point: 'p50' | 'p99' | 'max') =>
    periods.map((period) => {
      const values = period.flatMap(({ latencyMs }) => latencyMs[point] ?? [])
      return values.length === 0 ? null : Math.max(...values)
    })
  return {
    at: periods.map((_, index) => from + index * periodSeconds * 1_000),
    periodSeconds,
    versions: [...shown, ...(others ? ['other versions'] : [])],
    answered: [...shown, ...(others ? [undefined] : [])].map((version) =>
      periods.map((period) => ofVersion(period, version)),
    ),
    dropped: periods.map((period) => total(period.map(({ dropped }) => dropped))),
    p50: largest('p50'),
    p99: largest('p99'),
    max: largest('max'),
  }
}

const total = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0)
