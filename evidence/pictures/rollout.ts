import type { Report } from '../../loadtest/src/reports/report.ts'
import { escape, svg } from './svg.ts'

type Run = Report['runs'][number]
type Pod = Run['pods'][number]

const [WIDTH, LABELS, RIGHT] = [880, 150, 16]
const [LANE, BAR, HEAD, AXIS, GAP] = [24, 14, 34, 24, 14]
/** More marks in one lane would look like one red bar. */
const SLOTS = 160

const STYLE =
  'text{font:13px system-ui,sans-serif;fill:#1f2328;dominant-baseline:central}.faint{fill:#59636e}.title{font-size:15px;font-weight:600}.good{fill:#1a7f37}.bad{fill:#b3211a}.end{text-anchor:end}.middle{text-anchor:middle}' +
  '.grid{stroke:#d1d9e0}.old{fill:#3867b8}.new{fill:#0b8a80}.starting{opacity:.35}.lame{fill:#e0a100}.drain{fill:#9aa5b4}.term{stroke:#1f2328;stroke-width:2}.drop{stroke:#b3211a;stroke-width:2}'
const DARK =
  'text{fill:#f0f6fc}.faint{fill:#9198a1}.good{fill:#4ccb8c}.bad{fill:#ff8a80}.grid{stroke:#3d444d}.old{fill:#79a5ee}.new{fill:#3cc7b8}.term{stroke:#f0f6fc}.drop{stroke:#ff8a80}.lame{fill:#e5b43c}.drain{fill:#6b7686}'

/** Draws a rollout with the library and one without it, on one time axis, with each dropped request. */
export function rolloutPicture({ runs }: Pick<Report, 'runs'>): string {
  const service = runs.find(({ role }) => role === 'service')
  const twin = runs.find(({ role }) => role === 'twin')
  if (service === undefined || twin === undefined)
    throw new Error('the report needs a run of the service and one of its twin')
  const seconds = Math.max(...[service, twin].map(lengthOf))
  const height = (run: Run): number => HEAD + run.pods.length * LANE + GAP
  const total = height(service) + height(twin) + AXIS + HEAD
  return svg({
    width: WIDTH,
    height: total,
    label: `A rolling update under load. With the library: ${droppedOf(service)}. Without it: ${droppedOf(twin)}.`,
    style: STYLE,
    dark: DARK,
    body: [
      grid(seconds, height(service) + height(twin)),
      panel(service, 'With the library', 0, seconds),
      panel(twin, 'Without it', height(service), seconds),
      legend(height(service) + height(twin) + AXIS),
    ].join('\n'),
  })
}

/** `0 of 11,261 requests dropped` */
const droppedOf = ({ requests }: Run): string =>
  `${requests.drops.toLocaleString('en-US')} of ${requests.attempts.toLocaleString('en-US')} requests dropped`

/** Seconds from the start of the rollout. */
const since = (run: Run, at: number): number => (at - (run.rolloutStartedAt ?? run.startedAt)) / 1_000

const lengthOf = (run: Run): number => Math.ceil(since(run, run.rolloutEndedAt ?? run.endedAt)) + 2

const x = (second: number, seconds: number): number =>
  Math.round((LABELS + (Math.min(seconds, Math.max(0, second)) / seconds) * (WIDTH - LABELS - RIGHT)) * 10) / 10

function grid(seconds: number, height: number): string {
  const ticks = Array.from({ length: Math.floor(seconds / 10) + 1 }, (_, index) => index * 10)
  return ticks
    .map((tick) => {
      const at = x(tick, seconds)
      return `<path class="grid" d="M${at} ${HEAD}V${height}"/><text class="faint middle" x="${at}" y="${height + 10}">${tick} s</text>`
    })
    .join('')
}

function panel(run: Run, name: string, top: number, seconds: number): string {
  const kind = run.requests.drops === 0 ? 'good' : 'bad'
  const head = `<text class="title" x="8" y="${top + 18}">${name}: <tspan class="${kind}">${droppedOf(run)}</tspan></text>`
  const [first] = run.pods.flatMap(({ version }) => version ?? [])
  return [head, ...run.pods.map((pod, index) => lane(run, pod, first ?? '', top + HEAD + index * LANE, seconds))].join(
    '\n',
  )
}

function lane(run: Run, pod: Pod, first: string, top: number, seconds: number): string {
  const end = pod.goneAt === null ? seconds : since(run, pod.goneAt)
  const at = (moment: number | null, other: number): number => (moment === null ? other : since(run, moment))
  const stop = at(pod.terminatingAt, end)
  const closed = at(pod.listenerClosedAt, end)
  const ready = at(pod.readyAt, stop)
  const bar = (from: number, until: number, kind: string): string => {
    const [left, right] = [x(from, seconds), x(until, seconds)]
    if (right <= left) return ''
    return `<rect class="${kind}" x="${left}" y="${top + (LANE - BAR) / 2}" width="${Math.round((right - left) * 10) / 10}" height="${BAR}" rx="2"/>`
  }
  const version = pod.version === first ? 'old' : 'new'
  const term = pod.terminatingAt === null ? '' : `<path class="term" d="M${x(stop, seconds)} ${top + 2}v${LANE - 4}"/>`
  return [
    `<text class="faint end" x="${LABELS - 10}" y="${top + LANE / 2}">${escape(pod.version ?? '')} …${escape(pod.pod.slice(-5))}</text>`,
    bar(at(pod.createdAt, 0), Math.min(ready, end), `${version} starting`),
    bar(ready, Math.min(stop, end), version),
    bar(stop, Math.min(closed, end), 'lame'),
    bar(closed, end, 'drain'),
    term,
    drops(run, pod, top, seconds),
  ].join('')
}

function drops(run: Run, pod: Pod, top: number, seconds: number): string {
  const lost = run.unanswered.filter((request) => request.pod === pod.pod && request.advice !== null)
  const slots = new Set(lost.map(({ at }) => Math.round((since(run, at) / seconds) * SLOTS)))
  return [...slots]
    .map((slot) => `<path class="drop" d="M${x((slot / SLOTS) * seconds, seconds)} ${top + 1}v${LANE - 2}"/>`)
    .join('')
}

const LEGEND: readonly (readonly [kind: string, text: string])[] = [
  ['old', 'old version'],
  ['new', 'new version'],
  ['lame', 'after SIGTERM, still accepting'],
  ['drain', 'draining'],
  ['bad', 'dropped requests'],
]

function legend(top: number): string {
  let left = 8
  return LEGEND.map(([kind, text]) => {
    const at = left
    left += 40 + text.length * 7
    return `<rect class="${kind}" x="${at}" y="${top + 6}" width="14" height="11" rx="2"/><text class="faint" x="${at + 20}" y="${top + 12}">${text}</text>`
  }).join('')
}
