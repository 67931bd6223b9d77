import type { Scenario } from './scenario.js'

export const restart: Scenario = {
  name: 'restart',
  description: 'exchange every pod for one of the same version, as kubectl rollout restart',
  targets: ['local', 'kubernetes'],
  expects: 'replaced',
  flags: [],
}
