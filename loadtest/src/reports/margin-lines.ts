import type { Assessment } from '../verdict/story/margin.js'
import type { PodStory } from '../verdict/story/pod-story.js'

/** What a run's margin comes to: that of the pod which had the least to spare. */
export interface RunMargin {
  readonly assessment: Assessment
  readonly pod: string | null
  readonly sentence: string
  /** About reused connections; null where there is nothing to say. */
  readonly reusedSentence: string | null
}

const WORST_FIRST: readonly Assessment[] = ['too-short', 'near-miss', 'comfortable', 'unknown', 'none-seen']

/** Undefined where no pod got SIGTERM. */
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
      ? `Reused connections, a near miss: requests came on them until ${time(reused.margin.reused.spareMs ?? 0)} before ` +
        `${reused.story.pod} closed its listener, and none after; answer with Connection: close from SIGTERM on, so that they end before.`
      : null,
  }
}

function sentence({ pod, margin, listenerClosedBy }: PodStory): string {
  if (!margin || margin.fresh.lastArrivalMs === null) {
    return 'Margin: no new connection came to a pod after its SIGTERM, so that nothing is known of how late one can be.'
  }
  const { assessment, fresh, comfortableDelayMs } = margin
  const came = `the last new connection came to ${pod} ${time(fresh.lastArrivalMs ?? 0)} after its SIGTERM`
  const comfortable = `a delay of ${time(comfortableDelayMs ?? 0)} would have been comfortable (the last arrival, and half as long again or 1 s)`
  if (assessment === 'unknown' || fresh.spareMs === null) {
    return `Margin: ${came}; when its listener closed nobody saw, so what there was to spare is not known; ${comfortable}.`
  }
  const most = listenerClosedBy === 'log' ? '' : 'at most '
  if (assessment === 'too-short') {
    return `Margin, too short: ${came}, ${time(-fresh.spareMs)} after it had closed its listener; ${comfortable}.`
  }
  const spare = `${most}${time(Math.max(0, fresh.spareMs))} before it closed its listener`
  return assessment === 'near-miss'
    ? `Margin, a near miss: ${came}, ${spare}; ${comfortable}.`
    : `Margin: ${came}, ${spare}.`
}

const time = (ms: number): string => (ms < 1_000 ? `${Math.round(ms)} ms` : `${(ms / 1_000).toFixed(1)} s`)
