import type { Scenario } from './scenario.js'

export const unpullableImage: Scenario = {
  name: 'unpullable-image',
  description: 'roll to an image that cannot be pulled, see it fail, and undo it',
  targets: ['local', 'kubernetes'],
  expects: 'untouched',
  flags: [],
}

export const crashingImage: Scenario = {
  name: 'crashing-image',
  description: 'roll to a version that crashes at its start, see it fail, and undo it',
  targets: ['local', 'kubernetes'],
  expects: 'untouched',
  flags: [],
}
