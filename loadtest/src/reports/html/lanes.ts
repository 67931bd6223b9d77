import type { PodStory } from '../../verdict/story/pod-story.js'
import type { RunReport } from '../report.js'
import { markup, NOTHING } from './markup.js'
import type { Markup } from './markup.js'
import { exitOf } from '../content/pods.js'
import { secondsSince } from '../../base/text.js'

const WIDTH = 760
const LEFT = 190
const RIGHT = 54
const LANE = 26
const BAR = 14
const TOP = 6
/** More marks in one lane would look like one red bar. */
const MOST_DROPS = 400

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

/** Draws the life of each pod as a bar, with its events and its drops as marks. */
export function lanes(run: RunReport, versions: readonly string[]): Markup {
  if (run.pods.length === 0) return markup`<p class="faint">No pod was seen.</p>`
  const span = spanOf(run)
  const height = TOP + run.pods.length * LANE + 26
  const x = (at: number): number => {
    const share = (at - span.from) / (span.to - span.from)
    return Math.round((LEFT + Math.min(1, Math.max(0, share)) * (WIDTH - LEFT - RIGHT)) * 10) / 10
  }
  return markup`<svg class="lanes" viewBox="0 0 ${WIDTH} ${height}" role="img" aria-label="the life of each pod">
      ${axis(span, height, x)}${run.gaps.map(
        ({ at, of, detail }) =>
          markup`<rect class="gap" x="${x(at) - 2}" y="${TOP}" width="4" height="${height - 30}"
            ><title>gap in the ${of === 'log' ? 'server logs' : 'watch'}: ${detail}</title></rect
          >`,
      )}${run.pods.map((pod, index) => lane(run, pod, index, versions, span, x))}
    </svg>
    <div class="legend">
      ${versions.map(
        (version, index) =>
          markup`<span><i style="background:var(--v${Math.min(3, index)})"></i>${version} ready (pale: starting)</span>`,
      )}<span><i style="background:var(--lame)"></i>after SIGTERM, listener open</span
      ><span><i style="background:var(--drain)"></i>listener closed, draining</span
      ><span>▽ the last load balancer removed the endpoint</span><span>● last new connection</span
      ><span>○ last request on a reused connection</span><span class="bad">| dropped</span>
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
  run: RunReport,
  pod: PodStory,
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

function marks(pod: PodStory, y: number, x: (at: number) => number): Markup[] {
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

const dropMarks = (run: RunReport, { pod }: PodStory, y: number, x: (at: number) => number): Markup[] =>
  run.unanswered
    .filter((line) => line.pod === pod)
    .slice(0, MOST_DROPS)
    .map(({ at }) => markup`<line class="drop" x1="${x(at)}" x2="${x(at)}" y1="${y - 3}" y2="${y + BAR + 3}" />`)

function exit(run: RunReport, pod: PodStory, y: number, x: (at: number) => number): Markup {
  const { goneAt, lastEndpointRemovedAt } = pod
  if (goneAt === null) return NOTHING
  const end = exitOf(pod)
  // Beside the last mark of the lane, not on it.
  const lost = run.unanswered.filter((request) => request.pod === pod.pod).map(({ at }) => at)
  const last = lost.reduce((latest, at) => Math.max(latest, at), Math.max(goneAt, lastEndpointRemovedAt ?? 0))
  const text = end === 'SIGKILL' ? end : `exit ${end}`
  return markup`<text class="${end === '0' ? '' : 'failed'}" x="${x(last) + 7}" y="${y + 12}">${text}</text>`
}

function title(pod: PodStory, origin: number): string {
  const since = (at: number | null): string => (at === null ? 'not seen' : `${secondsSince(origin, at)} s`)
  return (
    `${pod.pod} (${pod.version ?? 'version unknown'}): ready ${since(pod.readyAt)}, SIGTERM ${since(pod.terminatingAt)}, ` +
    `last load balancer removed it ${since(pod.lastEndpointRemovedAt)}, listener closed ${since(pod.listenerClosedAt)}, ` +
    `gone ${since(pod.goneAt)}`
  )
}

/** Shortens a pod name to its end, where the names of pods differ. */
const shortName = (pod: string, most = 26): string => (pod.length <= most ? pod : `…${pod.slice(1 - most)}`)
