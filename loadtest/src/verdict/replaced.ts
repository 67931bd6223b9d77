import type { RunRecord } from './story/run-record.js'
import { count, oneIn, plural } from '../base/text.js'
import { onlyLate } from './doubts.js'
import type { Totals, Statistics } from './totals.js'
import { areMost, isAsFrequent, lossElsewhere } from './story/elsewhere.js'
import type { Elsewhere } from './story/elsewhere.js'
import { doubtsAboutBound, doubtsAboutExposure, doubtsAboutTwin } from './power.js'
import { perRound } from './reading.js'
import type { Material, Reading } from './reading.js'
import { dropped, kinds, over } from './phrases.js'

/** Reads a scenario in which pods get SIGTERM and others take over: no request may be lost, and the load must be able to lose one. */
export function readReplaced(material: Material): Reading {
  const reading = readRollout(material, 'raise --rate or --repeat')
  const { statistics, twin, twinSkipped } = material
  const { twinDrops, twinRequests } = statistics
  // After one kind of doubt, the next ones add nothing.
  const doubts = reading.doubts.length > 0 ? reading.doubts : doubtsAboutTwin(twin, twinSkipped)
  return {
    ...reading,
    power: `the naive twin dropped ${count(twinDrops ?? 0)} of ${count(twinRequests ?? 0)} under the same load`,
    doubts,
  }
}

/** Does the same for a rollout that somebody else makes, once and without a twin. */
export const readWatched = (material: Material): Reading => readRollout(material, 'raise --rate')

function readRollout(material: Material, more: string): Reading {
  const { rounds, totals, statistics, untilBound } = material
  const doubts = perRound(rounds, doubtsAboutReplacement)
  if (doubts.length === 0) doubts.push(...doubtsAboutExposure(totals, more))
  if (doubts.length === 0) doubts.push(...doubtsAboutBound(statistics, untilBound))
  return {
    loss: rounds.some((record) => record.ledger.drops > 0 && !onlyLate(record)) ? loss(material) : undefined,
    finding: finding(totals, statistics),
    power: 'no naive twin has shown that this load sees drops (zero-drop prove runs one)',
    doubts,
  }
}

/** Lists the reasons why a rollout without drops proves nothing. */
export function doubtsAboutReplacement({ timeline, outcome }: RunRecord): string[] {
  if (outcome.status === 'failed') return [`the rollout failed: ${outcome.reason}`]
  if (outcome.status !== 'finished') return []
  const { terminations } = timeline
  const unseen = terminations.filter(({ goneAt }) => goneAt === null)
  const killed = timeline.pods.filter((life) => life.killed)
  return [
    ...(terminations.length === 0 ? ['no pod got SIGTERM'] : []),
    ...(unseen.length > 0 ? [`the exit of ${unseen.map(({ pod }) => pod).join(', ')} was not seen`] : []),
    ...(killed.length > 0
      ? [`SIGKILL ended ${killed.map(({ pod }) => pod).join(', ')}: the shutdown took longer than the grace period`]
      : []),
  ]
}

/** How many requests could have been dropped. */
function finding(totals: Totals, statistics: Statistics): string {
  const { requestsInHazardWindows, terminations, upperBoundPerRequest, upperBoundPerTermination } = statistics
  if (terminations === 0) return `${dropped(totals)}${over(statistics)}`
  const bounds = [
    ...(upperBoundPerRequest === null || upperBoundPerRequest === 1 ? [] : [oneIn(upperBoundPerRequest)]),
    ...(upperBoundPerTermination === null || upperBoundPerTermination === 1
      ? []
      : [`${oneIn(upperBoundPerTermination)}${upperBoundPerTermination > 0.1 ? ' of' : ''} terminations`]),
  ]
  const bound = bounds.length === 0 ? '' : `, at 95 % confidence fewer than ${bounds.join(' and fewer than ')}`
  return (
    `${dropped(totals)}${over(statistics)}, ${count(requestsInHazardWindows)} of them inside the hazard windows of ` +
    `${plural(terminations, 'pod termination')}${bound}`
  )
}

/** How many requests were dropped, and how large the share can be. */
function loss(material: Material): string {
  const { rounds, totals, statistics } = material
  const { requestsInHazardWindows, dropsInHazardWindows, terminations, terminationsWithDrops } = statistics
  const { upperBoundPerRequest } = statistics
  const failed = rounds.map(({ outcome }) => outcome).find(({ status }) => status === 'failed')
  const failure = failed?.status === 'failed' ? `; the rollout failed: ${failed.reason}` : ''
  const what = `${dropped(totals)}${over(statistics)} (${kinds(totals)})`
  if (dropsInHazardWindows === 0) {
    return `${what}, none of them inside the hazard windows of ${plural(terminations, 'pod termination')}${failure}`
  }
  const bound = upperBoundPerRequest === null ? '' : `, at 95 % confidence at most ${oneIn(upperBoundPerRequest)}`
  return (
    `${what}, ${count(dropsInHazardWindows)} of the ${count(requestsInHazardWindows)} inside hazard windows${bound}; ` +
    `${count(terminationsWithDrops)} of ${plural(terminations, 'pod termination')} dropped requests${elsewhere(material)}${failure}`
  )
}

/** Says that the rollout is not the reason, if as many requests were dropped where no pod was ending. */
function elsewhere({ rounds, statistics }: Material): string {
  const found = rounds.map((record) => lossElsewhere(record))
  const total = (of: (each: Elsewhere) => number): number => found.reduce((sum, each) => sum + of(each), 0)
  const [drops, requests, inReadyPods] = [
    total((each) => each.drops),
    total((each) => each.requests),
    total((each) => each.inReadyPods),
  ]
  const inside = { drops: statistics.dropsInHazardWindows, requests: statistics.requestsInHazardWindows }
  if (isAsFrequent({ drops, requests }, inside)) {
    return `; ${count(drops)} of ${count(requests)} outside hazard windows were dropped, too, so the rollout is not the reason`
  }
  return areMost(inReadyPods, statistics.drops)
    ? `; ${count(inReadyPods)} of the drops were in pods that were not ending, too, so the rollout is not the reason`
    : ''
}
