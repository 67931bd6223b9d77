import { isDrop } from '../../base/attempt.js'
import type { Outcome } from '../../base/attempt.js'
import { justReady, placeOf } from './place.js'
import { podStories } from './pod-story.js'
import type { RunRecord } from './run-record.js'

/** The drops that no shutdown explains. */
export interface Elsewhere {
  /** Requests outside hazard windows. */
  readonly requests: number
  /** Drops outside hazard windows, in pods that were ready. */
  readonly drops: number
  /** Drops in pods that were ready and not new, inside the hazard windows of other pods or outside. */
  readonly inReadyPods: number
  /** The same by outcome, if the outcome is as frequent there as in pods that were ending. Then the rollout is not the reason. */
  readonly asFrequent: ReadonlyMap<Outcome, number>
  /** The outcomes of several drops in ready pods. */
  readonly usual: ReadonlySet<Outcome>
}

/** Fewer drops could be chance. */
const ENOUGH = 5

interface Counts {
  inside: number
  outside: number
  /** In ready pods that are not new, and in new ones. */
  ready: number
  fresh: number
  all: number
}

/** Compares the drops that no shutdown explains with all. */
export function lossElsewhere(record: Pick<RunRecord, 'ledger' | 'timeline' | 'serverLog'>): Elsewhere {
  const { ledger, timeline } = record
  const context = { timeline, stories: podStories(record) }
  const byOutcome = new Map<Outcome, Counts>()
  for (const failure of ledger.failures) {
    const { outcome, hazard, refusal } = failure
    if (!isDrop(outcome)) continue
    const counts = byOutcome.get(outcome) ?? { inside: 0, outside: 0, ready: 0, fresh: 0, all: 0 }
    byOutcome.set(outcome, counts)
    const place = placeOf(failure, context)
    const isNew = justReady(place, context)
    const isElsewhere = (place.stage === 'ready' || place.stage === 'no-pod') && !refusal && !isNew
    counts.all += 1
    if (hazard) counts.inside += 1
    else if (isElsewhere) counts.outside += 1
    if (isElsewhere && place.stage === 'ready') counts.ready += 1
    if (isNew) counts.fresh += 1
  }
  // New pods fail as others do if others fail, too.
  for (const counts of byOutcome.values()) if (counts.ready >= ENOUGH) counts.ready += counts.fresh
  const inside = ledger.exposure.attempts
  const requests = ledger.attempts - inside
  const found = [...byOutcome]
  const total = (of: (counts: Counts) => number): number => found.reduce((sum, [, counts]) => sum + of(counts), 0)
  return {
    requests,
    drops: total(({ outside }) => outside),
    inReadyPods: total(({ ready }) => ready),
    asFrequent: new Map(
      found.flatMap(([outcome, counts]) => {
        const byTime = isAsFrequent({ drops: counts.outside, requests }, { drops: counts.inside, requests: inside })
        const elsewhere = Math.max(counts.ready, counts.outside)
        return byTime || areMost(counts.ready, counts.all) ? [[outcome, elsewhere] as const] : []
      }),
    ),
    usual: new Set(found.flatMap(([outcome, { ready }]) => (ready >= ENOUGH ? outcome : []))),
  }
}

interface Share {
  readonly drops: number
  readonly requests: number
}

/** Returns whether requests outside hazard windows were dropped at least half as often as inside: then the rollout is not the reason. */
export const isAsFrequent = (outside: Share, inside: Share): boolean =>
  outside.drops >= ENOUGH && outside.drops / outside.requests >= inside.drops / Math.max(1, inside.requests) / 2

/** Returns whether at least two thirds of the drops were in ready pods: long requests are in flight during some hazard window. */
export const areMost = (inReadyPods: number, all: number): boolean =>
  inReadyPods >= ENOUGH && inReadyPods * 3 >= all * 2
