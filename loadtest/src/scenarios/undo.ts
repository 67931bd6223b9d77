import type { Scenario } from './scenario.js'

export const undo: Scenario = {
  name: 'undo',
  description: 'roll back to an earlier version, as kubectl rollout undo',
  targets: ['local', 'kubernetes'],
  expects: 'replaced',
  flags: [
    {
      name: 'to-revision',
      value: 'N',
      help: 'what undo goes back to. Default: the revision before',
      min: 1,
      max: 1e9,
      whole: true,
    },
  ],
}
