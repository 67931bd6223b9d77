import type { RunReport } from '../report.js'
import { charts } from './charts.js'
import { lanes } from './lanes.js'
import { markup, NOTHING } from './markup.js'
import type { Markup } from './markup.js'
import { percentAt, spanOf, ticksOf } from './scale.js'
import type { Span } from './scale.js'
import { seriesOf } from './series.js'

/** Draws the lives of the pods and the charts of a run, on one time axis. */
export function timeline(run: RunReport, versions: readonly string[], index: number): Markup {
  const span = spanOf(run)
  const series = seriesOf(run, versions)
  const colours = series.versions.map((version) => colourOf(versions, version))
  const used = versions.filter(
    (version) => series.versions.includes(version) || run.pods.some((pod) => pod.version === version),
  )
  return markup`<figure class="timeline" data-run="${index}">
<figcaption>Pods, responses and latency in seconds since the rollout began. Latency counts from when a request was due, without the time that its client asked for.</figcaption>
${run.pods.length === 0 ? markup`<p class="faint">No pod was seen.</p>` : NOTHING}
<div class="plotted">
<div class="over" aria-hidden="true">${grid(span)}${signals(run, span)}${gaps(run, span)}</div>
${lanes(run, versions, span)}${charts(series, span, colours)}
<div class="row axis" aria-hidden="true"><div class="name"></div><div class="track">${ticksOf(span).map(
    (seconds) => markup`<span style="left:${percentAt(span, span.origin + seconds * 1_000)}">${seconds} s</span>`,
  )}</div></div>
</div>
<output class="readout"></output>
${legend(used, versions, run)}
</figure>`
}

/** The data that the script of the page shows beside the pointer. */
export function timelineData(run: RunReport, versions: readonly string[]): object {
  const { from, to, origin } = spanOf(run)
  const { at, ...series } = seriesOf(run, versions)
  return {
    from: (from - origin) / 1_000,
    to: (to - origin) / 1_000,
    first: ((at[0] ?? from) - origin) / 1_000,
    ...series,
  }
}

const MOST_GAPS = 100

const colourOf = (versions: readonly string[], version: string): number =>
  Math.min(3, versions.indexOf(version) === -1 ? 3 : versions.indexOf(version))

const grid = (span: Span): Markup[] =>
  ticksOf(span).map(
    (seconds) => markup`<i class="tick" style="left:${percentAt(span, span.origin + seconds * 1_000)}"></i>`,
  )

const signals = (run: RunReport, span: Span): Markup[] =>
  run.pods.flatMap(({ terminatingAt, killedAt }) => {
    const at = terminatingAt ?? killedAt
    return at === null ? [] : [markup`<i class="signal" style="left:${percentAt(span, at)}"></i>`]
  })

const gaps = (run: RunReport, span: Span): Markup[] =>
  run.gaps.slice(0, MOST_GAPS).map(({ at }) => markup`<i class="gap" style="left:${percentAt(span, at)}"></i>`)

function legend(used: readonly string[], versions: readonly string[], run: RunReport): Markup {
  const keys: readonly (readonly [string, string])[] = [
    ['sigterm', 'SIGTERM'],
    ['closed', 'listener closed'],
    ['unrouted', 'removed by the last load balancer'],
    ['fresh', 'last new connection'],
    ['reused', 'last request on a reused connection'],
    ['drop', 'dropped requests'],
  ]
  const ended = run.pods.some(({ terminatingAt, killedAt }) => terminatingAt !== null || killedAt !== null)
  return markup`<ul class="legend" aria-label="Legend">
${used.map((version) => markup`<li><i class="key v${colourOf(versions, version)}"></i>${version} <span class="faint">(pale: starting)</span></li>`)}
${ended ? markup`<li><i class="key lame"></i>after SIGTERM, listener open</li><li><i class="key drain"></i>draining</li>` : NOTHING}
${ended ? keys.map(([kind, text]) => markup`<li><i class="key sign"><i class="mark ${kind}"></i></i>${text}</li>`) : NOTHING}
${run.gaps.length > 0 ? markup`<li><i class="key gapped"></i>pods or logs went unseen</li>` : NOTHING}
<li><i class="key line p50"></i>p50</li><li><i class="key line p99"></i>p99</li><li><i class="key line max"></i>max</li>
</ul>`
}
