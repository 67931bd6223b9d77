import type { RunRecord } from './story/run-record.js'
import { oneIn, plural } from '../base/text.js'
import type { Totals, Statistics } from './totals.js'

/**
 * How many requests of each kind must have been inside hazard windows for their silence to mean something: if 5 % of them
 * were lost, a hundred would all be spared once in 170 runs. The twin shows that such losses do happen under this load.
 */
const ENOUGH_EXPOSED = 100
/** Requests in flight at a SIGTERM are few by nature: as many as slow ones, streams and uploads are at one moment. */
const ENOUGH_SPANNING = 3
/** One or two could be chance, or another fault; so many are the shutdown. */
const ENOUGH_TWIN_DROPS = 10

const MORE = 'raise --rate or --repeat'

/** Whether enough requests of each kind were in danger, over all rollouts. */
export function doubtsAboutExposure({ exposure, reused, terminations }: Totals): string[] {
  if (terminations === 0) return []
  const kinds = [
    ['on new connections', exposure.fresh, ENOUGH_EXPOSED, MORE],
    // Where no connection ever carried a second request, by the server or by the choice of clients, none can be lost on one.
    ...(reused === 0 ? [] : [['on reused connections', exposure.reused, ENOUGH_EXPOSED, MORE] as const]),
    [
      'in flight at a SIGTERM',
      exposure.spanning,
      ENOUGH_SPANNING,
      `name something slow to ask for (paths.slow in zero-drop.yaml), or ${MORE}`,
    ],
  ] as const
  return kinds
    .filter(([, seen, enough]) => seen < enough)
    .map(
      ([kind, seen, enough, more]) =>
        `only ${plural(seen, 'request')} ${kind} met a hazard window (${enough} are needed): ${more}`,
    )
}

/** Whether the same load is known to see drops where there are some. */
export function doubtsAboutTwin(twin: RunRecord | undefined, skipped: string | undefined): string[] {
  if (!twin) {
    return [`there is no naive twin to show that this load sees drops (${skipped ?? 'it did not run'})`]
  }
  const { outcome, ledger } = twin
  if (outcome.status === 'interrupted') return ['the run of the naive twin was interrupted']
  if (ledger.drops >= ENOUGH_TWIN_DROPS) return []
  if (outcome.status === 'failed') return [`the rollout of the naive twin failed: ${outcome.reason}`]
  const few = ledger.drops === 0 ? 'nothing' : `only ${plural(ledger.drops, 'request')}`
  const { starved } = ledger.outcomes
  const more =
    starved === 0
      ? 'raise --rate'
      : `${plural(starved, 'more request')} had no answer for want of a CPU on this machine, which shows nothing: run it again on a quieter one`
  return [
    `the naive twin dropped ${few} under the same load (${ENOUGH_TWIN_DROPS} are needed), so this load might not have ` +
      `seen a drop; ${more}`,
  ]
}

export function doubtsAboutBound({ upperBoundPerRequest }: Statistics, wanted: number | undefined): string[] {
  if (wanted === undefined || (upperBoundPerRequest ?? 1) <= wanted) return []
  return [`that is not yet the ${oneIn(wanted)} of --until-bound: raise --repeat or --rate`]
}
