import type { Scenario } from './scenario.js'

export const slowReadiness: Scenario = {
  name: 'slow-readiness',
  description: 'roll to a version whose pods become ready late',
  targets: ['local', 'kubernetes'],
  expects: 'replaced',
  flags: [
    {
      name: 'ready-after',
      value: 'SECONDS',
      help: 'how long after its start a new pod is asked for its readiness in slow-readiness. Default: 20',
      min: 1,
      max: 3_600,
      whole: true,
      unit: 'seconds',
      byDefault: 20,
    },
  ],
}
