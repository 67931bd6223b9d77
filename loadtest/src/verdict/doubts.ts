import { OUTCOMES, OUTCOME_NAMES } from '../base/attempt.js'
import type { RunRecord } from './story/run-record.js'
import { bottleneck } from '../base/machine/self-watch.js'
import type { SelfReport } from '../base/machine/self-watch.js'
import { percent, plural } from '../base/text.js'

/** What keeps a run from saying anything, whatever its scenario: the harness itself. */
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
  const machine = any === null ? '' : `, somebody on it for ${percent(any)}`
  return (
    `${plural(requests, 'request')} had no answer in time while this machine had no CPU to spare (in all, zero-drop waited ` +
    `for one for ${percent(own)} of the time${machine}), and no server's log blames the service: run it again on a quieter ` +
    'machine, or lower --rate'
  )
}

/** What a harness without breath took too long for says nothing about the service. */
export const onlyLate = ({ ledger, self }: RunRecord): boolean =>
  bottleneck(self) !== undefined && ledger.drops === ledger.outcomes['timed-out'] + ledger.outcomes.unreachable
