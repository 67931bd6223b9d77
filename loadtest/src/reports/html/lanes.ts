import type { Report } from '../json.js'
import { markup, NOTHING } from './markup.js'
import type { Markup } from './markup.js'
import { shortName, since } from './words.js'

type Run = Report['runs'][number]
type Pod = Run['pods'][number]

const WIDTH = 760
const LEFT = 190
const RIGHT = 54
const LANE = 26
const BAR = 14
const TOP = 6
/** More marks than this in one lane would only be a red bar. */
const MOST_DROPS = 400

/** From when to when lanes and plots of a run go, and where its zero is. Epoch ms. */
export interface Span {
  readonly from: number
  readonly to: number
  readonly origin: number
}

export function spanOf(run: Run): Span {
  const seconds = run.traffic.seconds.map(({ at }) => at)
  const origin = run.rolloutStartedAt ?? seconds[0] ?? run.startedAt
  const from = Math.min(origin, seconds[0] ?? origin)
  const to = Math.max(from + 1_000, (seconds.at(-1) ?? run.endedAt) + 1_000)
  return { from, to, origin }
}

/** Each pod's life as a bar, with what happened in it, and what was lost. */
export function lanes(run: Run, versions: readonly string[]): Markup {
  if (run.pods.length === 0) return markup`<p class="faint">No pod was seen.</p>`
  const span = spanOf(run)
  const height = TOP + run.pods.length * LANE + 26
  const x = (at: number): number => {
    const share = (at - span.from) / (span.to - span.from)
    return Math.round((LEFT + Math.min(1, Math.max(0, share)) * (WIDTH - LEFT - RIGHT)) * 10) / 10
  }
  return markup`<svg class="lanes" viewBox="0 0 ${WIDTH} ${height}" role="img" aria-label="the pods' lives">
      ${axis(span, height, x)}${run.gaps.map(
        ({ at, of, detail }) =>
          markup`<rect class="gap" x="${x(at) - 2}" y="${TOP}" width="4" height="${height - 30}"
            ><title>gap of the ${of}: ${detail}</title></rect
          >`,
      )}${run.pods.map((pod, index) => lane(run, pod, index, versions, span, x))}
    </svg>
    <div class="legend">
      ${versions.map(
        (version, index) =>
          markup`<span><i style="background:var(--v${Math.min(3, index)})"></i>${version} ready (pale: starting)</span>`,
      )}<span><i style="background:var(--lame)"></i>after SIGTERM, listener open</span
      ><span><i style="background:var(--drain)"></i>listener closed, draining</span
      ><span>▽ out of the endpoints, last load balancer</span><span>● last new connection</span
      ><span>○ last request on a reused one</span><span class="bad">| dropped</span>
    </div>`
}

function axis({ from, to, origin }: Span, height: number, x: (at: number) => number): Markup[] {
  const step = [1, 2, 5, 10, 20, 30, 60, 120, 300, 600, 1_800].find((each) => (to - from) / 1_000 / each <= 10) ?? 3_600
  const first = Math.ceil((from - origin) / 1_000 / step)
  const last = Math.floor((to - origin) / 1_000 / step)
  return Array.from({ length: last - first + 1 }, (_, index) => (first + index) * step).map((seconds) => {
    const at = x(origin + seconds * 1_000)
    return markup`<line class="grid" x1="${at}" x2="${at}" y1="${TOP}" y2="${height - 22}" /><text
        class="axis"
        x="${at}"
        y="${height - 6}"
        text-anchor="middle"
        >${seconds} s</text
      >`
  })
}

function lane(
  run: Run,
  pod: Pod,
  index: number,
  versions: readonly string[],
  { to, origin }: Span,
  x: (at: number) => number,
): Markup {
  const y = TOP + index * LANE + (LANE - BAR) / 2
  const end = pod.goneAt ?? to
  const stop = pod.terminatingAt ?? pod.killedAt ?? end
  const closed = pod.listenerClosedAt ?? end
  const version = `v${Math.min(3, Math.max(0, versions.indexOf(pod.version ?? '')))}`
  const bar = (from: number, until: number, kind: string): Markup =>
    until > from
      ? markup`<rect
          class="${kind}"
          x="${x(from)}"
          y="${y}"
          width="${Math.max(0, x(until) - x(from))}"
          height="${BAR}"
          rx="2"
        />`
      : NOTHING
  const created = pod.createdAt ?? pod.readyAt ?? run.startedAt
  const ready = pod.readyAt ?? stop
  return markup`<g
    ><title>${title(pod, origin)}</title
    ><text x="0" y="${y + 12}">${shortName(pod.pod)}</text
    >${bar(created, Math.min(ready, end), `${version} starting`)}${bar(ready, Math.min(stop, end), version)}${bar(stop, Math.min(closed, end), 'lame')}${bar(closed, end, 'drain')}${marks(pod, y, x)}${dropMarks(run, pod, y, x)}${exit(run, pod, y, x)}</g
  >`
}

function marks(pod: Pod, y: number, x: (at: number) => number): Markup[] {
  const { terminatingAt, listenerClosedAt, lastEndpointRemovedAt, lastFreshArrivalAt, lastReusedArrivalAt } = pod
  if (terminatingAt === null) return []
  const line = (at: number, kind: string): Markup =>
    markup`<line class="${kind}" x1="${x(at)}" x2="${x(at)}" y1="${y - 4}" y2="${y + BAR + 4}" />`
  const dot = (at: number, kind: string): Markup =>
    markup`<circle class="arrival ${kind}" cx="${x(at)}" cy="${y + BAR / 2}" r="3" />`
  return [
    line(terminatingAt, 'sigterm'),
    ...(listenerClosedAt === null ? [] : [line(listenerClosedAt, 'closed')]),
    ...(lastEndpointRemovedAt === null
      ? []
      : [markup`<path class="unrouted" d="M${x(lastEndpointRemovedAt) - 5} ${y - 5}h10l-5 8z" />`]),
    ...(lastReusedArrivalAt !== null && lastReusedArrivalAt > terminatingAt
      ? [dot(lastReusedArrivalAt, 'reused')]
      : []),
    ...(lastFreshArrivalAt !== null && lastFreshArrivalAt > terminatingAt ? [dot(lastFreshArrivalAt, 'fresh')] : []),
  ]
}

const dropMarks = (run: Run, { pod }: Pod, y: number, x: (at: number) => number): Markup[] =>
  run.unanswered
    .filter((line) => line.pod === pod)
    .slice(0, MOST_DROPS)
    .map(({ at }) => markup`<line class="drop" x1="${x(at)}" x2="${x(at)}" y1="${y - 3}" y2="${y + BAR + 3}" />`)

function exit(run: Run, pod: Pod, y: number, x: (at: number) => number): Markup {
  const { goneAt, exitCode, killed, killedAt, lastEndpointRemovedAt } = pod
  if (goneAt === null) return NOTHING
  const sigkill = killed || killedAt !== null
  const text = sigkill ? 'SIGKILL' : `exit ${exitCode ?? '?'}`
  // Beside the last mark of the lane, and not on it.
  const lost = run.unanswered.filter((line) => line.pod === pod.pod).map(({ at }) => at)
  const last = lost.reduce((latest, at) => Math.max(latest, at), Math.max(goneAt, lastEndpointRemovedAt ?? 0))
  return markup`<text class="${sigkill || exitCode !== 0 ? 'failed' : ''}" x="${x(last) + 7}" y="${y + 12}">${text}</text>`
}

const title = (pod: Pod, origin: number): string =>
  `${pod.pod} (${pod.version ?? 'version unknown'}): ready ${since(pod.readyAt, origin)}, SIGTERM ${since(pod.terminatingAt, origin)}, ` +
  `out of the endpoints ${since(pod.lastEndpointRemovedAt, origin)}, listener closed ${since(pod.listenerClosedAt, origin)}, gone ${since(pod.goneAt, origin)}`
