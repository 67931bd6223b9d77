import type { RunRecord } from './story/run-record.js'
import { oneIn, plural } from '../base/text.js'
import type { Totals, Statistics } from './totals.js'

/**
 * Requests of each kind that must have been inside hazard windows. If a shutdown drops 5 % of them, all hundred survive in
 * only one run of 170. The twin shows that such drops happen under this load.
 */
const ENOUGH_EXPOSED = 100
/** Few requests are in flight at the moment of a SIGTERM: the slow ones, streams and uploads. */
const ENOUGH_SPANNING = 3
/** One or two drops could be chance, or another fault. This many come from the shutdown. */
const ENOUGH_TWIN_DROPS = 10

/**
 * Lists the kinds of requests of which too few were in danger, over all rollouts.
 *
 * @param more how the user gets more of them
 */
export function doubtsAboutExposure({ exposure, reused, terminations }: Totals, more: string): string[] {
  if (terminations === 0) return []
  const kinds = [
    ['on new connections', exposure.fresh, ENOUGH_EXPOSED, more],
    // If no connection carried a second request, reused connections cannot lose one.
    ...(reused === 0 ? [] : [['on reused connections', exposure.reused, ENOUGH_EXPOSED, more] as const]),
    [
      'in flight at a SIGTERM',
      exposure.spanning,
      ENOUGH_SPANNING,
      `add a slow request (paths.slow in zero-drop.yaml), or ${more}`,
    ],
  ] as const
  return kinds
    .filter(([, seen, enough]) => seen < enough)
    .map(
      ([kind, seen, enough, advice]) =>
        `only ${plural(seen, 'request')} ${kind} met a hazard window (${enough} are needed): ${advice}`,
    )
}

/** Lists the reasons why the twin does not show that this load sees drops. */
export function doubtsAboutTwin(twin: RunRecord | undefined, skipped: string | undefined): string[] {
  if (!twin) {
    return [`there is no naive twin to show that this load sees drops (${skipped ?? 'it did not run'})`]
  }
  const { outcome, ledger } = twin
  if (outcome.status === 'interrupted') return ['the run of the naive twin was interrupted']
  if (ledger.drops >= ENOUGH_TWIN_DROPS) return []
  if (outcome.status === 'failed') return [`the rollout of the naive twin failed: ${outcome.reason}`]
  const few = ledger.drops === 0 ? 'no request' : `only ${plural(ledger.drops, 'request')}`
  const { starved } = ledger.outcomes
  const more =
    starved === 0
      ? 'raise --rate'
      : `${plural(starved, 'more request')} timed out because this machine had no CPU to spare, which shows nothing: run again on a quieter machine`
  return [
    `the naive twin dropped ${few} under the same load (${ENOUGH_TWIN_DROPS} are needed), so this load may miss drops; ` +
      more,
  ]
}

/** @param wanted the bound of `--until-bound`, as a share */
export function doubtsAboutBound({ upperBoundPerRequest }: Statistics, wanted: number | undefined): string[] {
  if (wanted === undefined || (upperBoundPerRequest ?? 1) <= wanted) return []
  return [`the bound of --until-bound, ${oneIn(wanted)}, is not reached: raise --repeat or --rate`]
}
