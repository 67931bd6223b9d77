import type { Scenario } from './scenario.js'

export const setImage: Scenario = {
  name: 'set-image',
  description: 'roll to a new version, as kubectl set image',
  targets: ['local', 'kubernetes'],
  expects: 'replaced',
  flags: [],
}
