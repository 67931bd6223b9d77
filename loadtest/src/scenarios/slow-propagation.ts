import { rollForward } from '../targets/local/actions/roll.js'
import type { Scenario } from './scenario.js'

const PROPAGATION_SECONDS = 10

export const slowPropagation: Scenario = {
  name: 'slow-propagation',
  description: 'roll to a new version while load balancers learn late of endpoint changes',
  expects: 'replaced',
  flags: [
    {
      name: 'propagation-seconds',
      value: 'SECONDS',
      help: 'longest propagation delay in slow-propagation; each delay is uniform between 0 and this',
      min: 0,
      max: 600,
      whole: false,
      unit: 'seconds',
      byDefault: PROPAGATION_SECONDS,
    },
  ],
  // The propagation delay of a cluster is not for a client to choose.
  local: ({ 'propagation-seconds': seconds = PROPAGATION_SECONDS }) =>
    rollForward({ label: 'slow-propagation', propagation: { min: 0, max: seconds * 1_000 } }),
}
