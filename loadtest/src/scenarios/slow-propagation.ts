import type { Scenario } from './scenario.js'

export const slowPropagation: Scenario = {
  name: 'slow-propagation',
  description: 'roll to a new version while load balancers learn late of endpoint changes',
  // How soon the proxies of a cluster learn of a change is the cluster's own affair.
  targets: ['local'],
  expects: 'replaced',
  flags: [
    {
      name: 'propagation-seconds',
      value: 'SECONDS',
      help: 'the longest delay of slow-propagation; each is drawn evenly from 0 up to it. Default: 10',
      min: 0,
      max: 600,
      whole: false,
      unit: 'seconds',
      byDefault: 10,
    },
  ],
}
