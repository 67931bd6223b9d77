import { OUTCOMES, OUTCOME_NAMES } from '../base/attempt.js'
import { count, plural } from '../base/text.js'
import type { Totals, Statistics } from './totals.js'

export const dropped = ({ drops, requests }: Totals): string =>
  `${count(drops)} of ${plural(requests, 'request')} dropped`

/** `3 reset, 1 closed` */
export const kinds = ({ outcomes }: Totals): string =>
  OUTCOME_NAMES.filter((name) => OUTCOMES[name].standing === 'drop' && outcomes[name] > 0)
    .map((name) => `${count(outcomes[name])} ${name}`)
    .join(', ')

/** `in 5 rollouts`, where there were several. */
export const over = ({ rollouts }: Statistics): string => (rollouts > 1 ? ` in ${plural(rollouts, 'rollout')}` : '')
