import { count, duration } from '../../base/text.js'
import { markup, NOTHING } from './markup.js'
import type { Markup } from './markup.js'
import { shareAt } from './scale.js'
import type { Span } from './scale.js'
import type { Series } from './series.js'

/** The size of a chart in its own units. The page stretches it to its width; lines keep their thickness. */
const [WIDTH, HEIGHT] = [1_000, 100]

interface Chart {
  readonly name: string
  /** A description for readers who do not see the chart. */
  readonly summary: string
  readonly shapes: readonly Markup[]
  /** Labels inside the chart, at heights from 0 at the bottom to 1 at the top. */
  readonly labels: readonly (readonly [height: number, text: string])[]
}

/** The charts of a run, on the time axis of its lanes. */
export function charts(series: Series, span: Span, colours: readonly number[]): Markup {
  if (series.at.length === 0) return NOTHING
  const all = [
    answersChart(series, span, colours),
    ...(series.dropped.some((drops) => drops > 0) ? [dropsChart(series, span)] : []),
    latencyChart(series, span),
  ]
  return markup`${all.map(
    ({ name, summary, shapes, labels }) =>
      markup`<div class="row chart"><div class="name">${name}</div><div class="track"><svg viewBox="0 0 ${WIDTH} ${HEIGHT}" preserveAspectRatio="none" role="img" aria-label="${summary}">${shapes}</svg>${labels.map(
        ([height, text]) =>
          markup`<span class="scale" aria-hidden="true" style="bottom:${Math.round(height * 100)}%">${text}</span>`,
      )}</div></div>`,
  )}`
}

function answersChart(
  { at, answered, versions, periodSeconds }: Series,
  span: Span,
  colours: readonly number[],
): Chart {
  const most = Math.max(1, ...answered.flat())
  const x = xOf(span, periodSeconds)
  const shapes = answered.map((values, index) => {
    const line = values.map((value, place) => point(x(at[place] ?? 0), value / most))
    const kind = `v${colours[index] ?? 3}`
    const [first, last] = [x(at[0] ?? 0), x(at.at(-1) ?? 0)]
    return markup`<path class="area ${kind}" d="M${point(first, 0)}L${line.join(' ')} ${point(last, 0)}Z"/><path class="line ${kind}" d="M${line.join(' ')}"/>`
  })
  const highest = versions.map((version, index) => `${version} at most ${rate(Math.max(...(answered[index] ?? [])))}`)
  return {
    name: 'Responses per second',
    summary: `Responses per second by version: ${highest.join(', ')}`,
    shapes,
    labels: [[1, rate(most)]],
  }
}

function dropsChart({ at, dropped, periodSeconds }: Series, span: Span): Chart {
  const most = Math.max(...dropped)
  const slot = (shareAt(span, span.from + periodSeconds * 1_000) - shareAt(span, span.from)) * WIDTH
  const width = Math.max(1.5, slot * 0.9)
  const shapes = dropped.flatMap((drops, index) => {
    if (drops === 0) return []
    const height = Math.max(3, (drops / most) * HEIGHT)
    const left = Math.max(0, xOf(span, periodSeconds)(at[index] ?? 0) - width / 2)
    return [
      markup`<rect class="drops" x="${one(left)}" y="${one(HEIGHT - height)}" width="${one(width)}" height="${one(height)}"/>`,
    ]
  })
  const unit = periodSeconds === 1 ? 'second' : `${periodSeconds} s`
  return {
    name: `Dropped per ${unit}`,
    summary: `Dropped requests per ${unit}: at most ${count(most)}`,
    shapes,
    labels: [[1, count(most)]],
  }
}

const LATENCIES = ['max', 'p99', 'p50'] as const

function latencyChart(series: Series, span: Span): Chart {
  const { at, periodSeconds } = series
  const values = LATENCIES.flatMap((name) => series[name]).flatMap((value) =>
    value === null ? [] : Math.max(0.01, value),
  )
  // Whole decades, so that the labels are round numbers.
  const low = Math.floor(Math.log10(Math.min(...values, 1)))
  const high = Math.max(low + 1, Math.ceil(Math.log10(Math.max(...values, 1))))
  const y = (ms: number): number => (Math.log10(Math.max(0.01, ms)) - low) / (high - low)
  const x = xOf(span, periodSeconds)
  const decades = Array.from({ length: high - low + 1 }, (_, index) => low + index)
  const shapes = [
    ...decades.slice(1, -1).map((decade) => {
      const level = one(HEIGHT - y(10 ** decade) * HEIGHT)
      return markup`<path class="level" d="M0 ${level}H${WIDTH}"/>`
    }),
    ...LATENCIES.map((name) => {
      const points = series[name].map((value, index) =>
        value === null ? undefined : point(x(at[index] ?? 0), y(value)),
      )
      return markup`<path class="line ${name}" d="${pathOf(points)}"/>`
    }),
  ]
  const worst = (name: (typeof LATENCIES)[number]): string =>
    duration(Math.max(...series[name].map((value) => value ?? 0)))
  return {
    name: 'Latency',
    summary: `Latency, logarithmic: p50 at most ${worst('p50')}, p99 at most ${worst('p99')}, max ${worst('max')}`,
    shapes,
    labels: decades.slice(1).map((decade) => [y(10 ** decade), decadeText(decade)] as const),
  }
}

/** `10 ms`, `10 s` */
const decadeText = (decade: number): string => (decade >= 3 ? `${10 ** (decade - 3)} s` : `${10 ** decade} ms`)

/** The middle of a period. */
const xOf =
  (span: Span, periodSeconds: number) =>
  (at: number): number =>
    shareAt(span, at + periodSeconds * 500) * WIDTH

const one = (value: number): number => Math.round(value * 10) / 10

const point = (x: number, height: number): string => `${one(x)},${one(HEIGHT - height * HEIGHT)}`

/** A line with a gap for each period without a value. */
function pathOf(points: readonly (string | undefined)[]): string {
  let pen = 'M'
  let path = ''
  for (const each of points) {
    if (each === undefined) pen = 'M'
    else {
      path += `${pen}${each}`
      pen = 'L'
    }
  }
  return path
}

const rate = (perSecond: number): string =>
  `${perSecond < 10 ? Math.round(perSecond * 10) / 10 : count(Math.round(perSecond))}/s`
