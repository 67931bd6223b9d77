import { duration } from '../../base/text.js'
import type { Assessment } from '../../verdict/story/margin.js'
import type { PodStory } from '../../verdict/story/pod-story.js'

/** The margin of a run: that of the pod with the least time to spare. */
export interface RunMargin {
  readonly assessment: Assessment
  /** Null if no new connection reached a pod after its SIGTERM. */
  readonly pod: string | null
  readonly sentence: string
  /** About reused connections; null if there is nothing to report. */
  readonly reusedSentence: string | null
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
  const reused = found
    .filter(({ margin }) => margin.reusedNearMiss)
    .toSorted(({ margin: left }, { margin: right }) => (left.reused.spareMs ?? 0) - (right.reused.spareMs ?? 0))[0]
  return {
    assessment: worst.margin.assessment,
    pod: worst.margin.fresh.lastArrivalMs === null ? null : worst.story.pod,
    sentence: sentence(worst.story),
    reusedSentence: reused
      ? `Reused connections, a near miss: requests arrived on them until ${duration(reused.margin.reused.spareMs)} before ` +
        `${reused.story.pod} closed its listener, and none after. Answer with Connection: close from SIGTERM on, so that ` +
        'these connections end earlier.'
      : null,
  }
}

function sentence({ pod, margin, listenerClosedBy }: PodStory): string {
  if (!margin || margin.fresh.lastArrivalMs === null) {
    return 'Margin: no new connection reached a pod after its SIGTERM, so this run does not show how late one can arrive.'
  }
  const { assessment, fresh, comfortableDelayMs } = margin
  const arrival = `the last new connection reached ${pod} ${duration(fresh.lastArrivalMs)} after its SIGTERM`
  const comfortable =
    `a delay of ${duration(comfortableDelayMs)} would have been comfortable (the last arrival plus half as much again, ` +
    'at least 1 s)'
  if (assessment === 'unknown' || fresh.spareMs === null) {
    return `Margin: ${arrival}. It is unknown when the pod closed its listener, and so how much time was to spare; ${comfortable}.`
  }
  if (assessment === 'too-short') {
    return `Margin, too short: ${arrival}, ${duration(-fresh.spareMs)} after the pod had closed its listener; ${comfortable}.`
  }
  const most = listenerClosedBy === 'log' ? '' : 'at most '
  const spare = `${most}${duration(Math.max(0, fresh.spareMs))} before the pod closed its listener`
  if (assessment === 'near-miss') return `Margin, a near miss: ${arrival}, ${spare}; ${comfortable}.`
  const followed =
    assessment === 'adaptive'
      ? ' The pod had waited until new connections stopped, so slower proxies make its delay longer.'
      : ''
  return `Margin: ${arrival}, ${spare}.${followed}`
}
