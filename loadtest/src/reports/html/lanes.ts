import { isDrop } from '../../base/attempt.js'
import { plural, secondsSince, shortened } from '../../base/text.js'
import type { PodStory } from '../../verdict/story/pod-story.js'
import { exitOf } from '../content/pods.js'
import type { RunReport } from '../report.js'
import { markup, NOTHING } from './markup.js'
import type { Markup } from './markup.js'
import { percentAt, round, shareAt } from './scale.js'
import type { Span } from './scale.js'

/** Drops closer together than this share of the axis look like one. */
const DROP_SLOTS = 150
/** A DaemonSet has a pod on each node. */
const MOST_LANES = 60
const LONGEST_NAME = 28

/** One lane for each pod: its life as a bar, with its events and its drops as marks. */
export const lanes = (run: RunReport, versions: readonly string[], span: Span): Markup =>
  markup`${run.pods.slice(0, MOST_LANES).map((pod) => lane(run, pod, versions, span))}${
    run.pods.length > MOST_LANES
      ? markup`<p class="faint">… and ${plural(run.pods.length - MOST_LANES, 'more pod')}, in the table below</p>`
      : NOTHING
  }`

function lane(run: RunReport, pod: PodStory, versions: readonly string[], span: Span): Markup {
  const end = pod.goneAt ?? span.to
  const stop = pod.terminatingAt ?? pod.killedAt ?? end
  const closed = pod.listenerClosedAt ?? end
  const version = `v${Math.min(3, Math.max(0, versions.indexOf(pod.version ?? '')))}`
  const created = pod.createdAt ?? pod.readyAt ?? run.startedAt
  const ready = pod.readyAt ?? stop
  const lost = dropsOf(run, pod)
  return markup`<div class="row lane"><div class="name"><span title="${pod.pod}">${shortened(pod.pod, LONGEST_NAME)}</span> ${exit(pod)}</div><div class="track" role="img" aria-label="${label(pod, span.origin, lost.length)}">${[
    bar(span, created, Math.min(ready, end), `${version} starting`),
    bar(span, ready, Math.min(stop, end), version),
    bar(span, stop, Math.min(closed, end), 'lame'),
    bar(span, closed, end, 'drain'),
    ...marks(pod, span),
    ...dropMarks(lost, span),
  ]}</div></div>`
}

function bar(span: Span, from: number, until: number, kind: string): Markup {
  const width = shareAt(span, until) - shareAt(span, from)
  if (width <= 0) return NOTHING
  return markup`<i class="bar ${kind}" style="left:${percentAt(span, from)};width:${round(width * 100)}%"></i>`
}

function marks(pod: PodStory, span: Span): Markup[] {
  const { terminatingAt, listenerClosedAt, lastEndpointRemovedAt, lastFreshArrivalAt, lastReusedArrivalAt } = pod
  const mark = (at: number | null, kind: string): Markup =>
    at === null || at < span.from || at > span.to
      ? NOTHING
      : markup`<i class="mark ${kind}" style="left:${percentAt(span, at)}"></i>`
  if (terminatingAt === null) return [mark(pod.killedAt, 'sigterm')]
  const after = (at: number | null): number | null => (at !== null && at > terminatingAt ? at : null)
  return [
    mark(terminatingAt, 'sigterm'),
    mark(listenerClosedAt, 'closed'),
    mark(lastEndpointRemovedAt, 'unrouted'),
    mark(after(lastReusedArrivalAt), 'reused'),
    mark(after(lastFreshArrivalAt), 'fresh'),
  ]
}

/** The places in `unanswered` of the drops of a pod. */
const dropsOf = ({ unanswered }: RunReport, { pod }: PodStory): { index: number; at: number }[] =>
  unanswered.flatMap((request, index) =>
    request.pod === pod && isDrop(request.outcome) ? [{ index, at: request.at }] : [],
  )

function dropMarks(lost: readonly { readonly at: number }[], span: Span): Markup[] {
  const slots = new Map<number, number>()
  for (const { at } of lost) {
    const slot = Math.round(shareAt(span, at) * DROP_SLOTS)
    slots.set(slot, (slots.get(slot) ?? 0) + 1)
  }
  return [...slots].map(
    ([slot, size]) =>
      markup`<i class="mark drop" style="left:${round((slot / DROP_SLOTS) * 100)}%" title="${plural(size, 'dropped request')}"></i>`,
  )
}

function exit(pod: PodStory): Markup {
  if (pod.goneAt === null) return NOTHING
  const end = exitOf(pod)
  return markup`<span class="${end === '0' ? 'faint' : 'bad'}">${end === 'SIGKILL' ? end : `exit ${end}`}</span>`
}

function label(pod: PodStory, origin: number, drops: number): string {
  const since = (at: number | null): string => (at === null ? 'not seen' : `${secondsSince(origin, at)} s`)
  const shutdown =
    pod.terminatingAt === null
      ? 'no SIGTERM'
      : `SIGTERM ${since(pod.terminatingAt)}, last load balancer removed it ${since(pod.lastEndpointRemovedAt)}, ` +
        `listener closed ${since(pod.listenerClosedAt)}, gone ${since(pod.goneAt)}`
  return `${pod.pod} (${pod.version ?? 'version unknown'}): ready ${since(pod.readyAt)}, ${shutdown}, ${plural(drops, 'dropped request')}`
}
