import { duration } from '../../base/text.js'
import type { Assessment } from '../../verdict/story/margin.js'
import { endOf } from '../../verdict/story/pod-life.js'
import { latestArrival } from '../../verdict/story/pod-story.js'
import type { LatestArrival, PodStory } from '../../verdict/story/pod-story.js'

/** The margin of a run: that of the pod with the least time to spare. */
export interface RunMargin {
  readonly assessment: Assessment
  /** Null if no new connection reached a pod after its SIGTERM. */
  readonly pod: string | null
  readonly sentence: string
}

const WORST_FIRST: readonly Assessment[] = ['too-short', 'near-miss', 'adaptive', 'comfortable', 'unknown', 'none-seen']

/** Returns undefined if no pod got SIGTERM. */
export function runMargin(pods: readonly PodStory[]): RunMargin | undefined {
  const found = pods.flatMap((story) => (story.margin ? [{ story, margin: story.margin }] : []))
  const worst = found.toSorted(
    ({ margin: left }, { margin: right }) =>
      WORST_FIRST.indexOf(left.assessment) - WORST_FIRST.indexOf(right.assessment) ||
      (left.fresh.spareMs ?? Infinity) - (right.fresh.spareMs ?? Infinity),
  )[0]
  if (!worst) return undefined
  return {
    assessment: worst.margin.assessment,
    pod: worst.margin.fresh.lastArrivalMs === null ? null : worst.story.pod,
    sentence: sentence(worst.story, latestArrival(pods)),
  }
}

function sentence({ pod, margin, listenerClosedBy, ...life }: PodStory, latest: LatestArrival | undefined): string {
  if (!margin || margin.fresh.lastArrivalMs === null) {
    return 'Margin: no new connection reached a pod after its SIGTERM, so this run does not show how late one can arrive.'
  }
  const { assessment, fresh } = margin
  const arrival = `the last new connection reached ${pod} ${duration(fresh.lastArrivalMs)} after its SIGTERM`
  const elsewhere =
    latest === undefined || latest.pod === pod
      ? ''
      : `, which came ${duration(latest.lastArrivalMs)} after SIGTERM at ${latest.pod},`
  const comfortable =
    `a delay of ${duration(latest?.comfortableDelayMs ?? null)} would have been comfortable (the last arrival${elsewhere} plus half ` +
    'as much again, at least 1 s)'
  if (fresh.spareMs === null) {
    const end = endOf(life)
    const bound =
      end === null || life.terminatingAt === null
        ? 'It is unknown when the pod closed its listener'
        : `It is unknown when the pod closed its listener, at the latest when it exited, ${duration(end - life.terminatingAt)} after SIGTERM`
    const word = assessment === 'near-miss' ? 'Margin, a near miss' : 'Margin'
    return `${word}: ${arrival}. ${bound}; ${comfortable}.`
  }
  if (assessment === 'too-short') {
    return `Margin, too short: ${arrival}, ${duration(-fresh.spareMs)} after the pod had closed its listener; ${comfortable}.`
  }
  const most = listenerClosedBy === 'log' || listenerClosedBy === 'socket' ? '' : 'at most '
  const spare = `${most}${duration(Math.max(0, fresh.spareMs))} before the pod closed its listener`
  if (assessment === 'near-miss') return `Margin, a near miss: ${arrival}, ${spare}; ${comfortable}.`
  const followed =
    assessment === 'adaptive'
      ? ' The pod had waited until new connections stopped, so slower proxies make its delay longer.'
      : ''
  return `Margin: ${arrival}, ${spare}.${followed}`
}
