import type { Scenario } from './scenario.js'

export const scaleDown: Scenario = {
  name: 'scale-down',
  description: 'scale down, wait until the surplus pods are gone, and scale up again, as kubectl scale twice',
  targets: ['local', 'kubernetes'],
  expects: 'replaced',
  flags: [
    {
      name: 'scale-to',
      value: 'N',
      help: 'how many pods scale-down leaves for the time being. Default: one fewer than there are',
      min: 1,
      max: 10_000,
      whole: true,
    },
  ],
}
