import { OUTCOMES, OUTCOME_NAMES } from '../attempt.js'
import type { RunRecord } from '../run-record.js'
import { bottleneck } from '../self-watch.js'
import { plural } from '../statistics.js'

/** What keeps a run from saying anything, whatever its scenario: the harness itself. */
export function doubtsAboutHarness({ ledger, outcome, self }: RunRecord): string[] {
  const { outcomes } = ledger
  const faults = OUTCOME_NAMES.filter((name) => OUTCOMES[name].standing === 'harness' && outcomes[name] > 0)
  const busy = bottleneck(self)
  return [
    ...(outcome.status === 'interrupted' ? [] : faults).map(
      (name) => `${plural(outcomes[name], 'request')} ended as ${name} (${OUTCOMES[name].meaning})`,
    ),
    ...(busy === undefined ? [] : [busy]),
  ]
}

/** What a harness without breath took too long for says nothing about the service. */
export const onlyLate = ({ ledger, self }: RunRecord): boolean =>
  bottleneck(self) !== undefined && ledger.drops === ledger.outcomes['timed-out'] + ledger.outcomes.unreachable
