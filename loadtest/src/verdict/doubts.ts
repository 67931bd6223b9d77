import { OUTCOMES, OUTCOME_NAMES } from '../base/attempt.js'
import type { RunRecord } from './story/run-record.js'
import { bottleneck } from '../base/machine/self-watch.js'
import type { SelfReport } from '../base/machine/self-watch.js'
import { percent, plural } from '../base/text.js'

/** Lists the faults of the harness that make a run inconclusive, whatever its scenario. */
export function doubtsAboutHarness({ ledger, outcome, self }: RunRecord): string[] {
  const { outcomes } = ledger
  const faults = OUTCOME_NAMES.filter((name) => OUTCOMES[name].standing === 'harness' && outcomes[name] > 0)
  const busy = bottleneck(self)
  return [
    ...(outcome.status === 'interrupted' ? [] : faults).map((name) =>
      name === 'starved'
        ? starvedLine(outcomes[name], self)
        : `${plural(outcomes[name], 'request')} ended as ${name} (${OUTCOMES[name].meaning})`,
    ),
    ...(busy === undefined ? [] : [busy]),
  ]
}

function starvedLine(requests: number, { withheld: { own, any } }: SelfReport): string {
  const machine = any === null ? '' : `, some process for ${percent(any)}`
  return (
    `${plural(requests, 'request')} timed out while this machine had no CPU to spare (zero-drop waited for a CPU for ` +
    `${percent(own)} of the time${machine}), and no server log blames the service: run again on a quieter machine, or ` +
    'lower --rate'
  )
}

/** Returns whether the only drops are timeouts of a harness that did not keep up: they say nothing about the service. */
export const onlyLate = ({ ledger, self }: RunRecord): boolean =>
  bottleneck(self) !== undefined && ledger.drops === ledger.outcomes['timed-out'] + ledger.outcomes.unreachable
