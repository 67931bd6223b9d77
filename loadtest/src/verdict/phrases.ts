import { OUTCOMES, OUTCOME_NAMES } from '../base/attempt.js'
import { count, plural } from '../base/text.js'
import type { Totals, Statistics } from './totals.js'

/** `3 of 9,000 requests dropped` */
export const dropped = ({ drops, requests }: Totals): string =>
  `${count(drops)} of ${plural(requests, 'request')} dropped`

/** `3 reset, 1 closed` */
export const kinds = ({ outcomes }: Totals): string =>
  OUTCOME_NAMES.filter((name) => OUTCOMES[name].standing === 'drop' && outcomes[name] > 0)
    .map((name) => `${count(outcomes[name])} ${name}`)
    .join(', ')

/** ` in 5 rollouts`; empty for a single rollout. */
export const over = ({ rollouts }: Statistics): string => (rollouts > 1 ? ` in ${plural(rollouts, 'rollout')}` : '')
