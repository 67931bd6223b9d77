import type { Scenario } from './scenario.js'

export const drainNode: Scenario = {
  name: 'drain-node',
  description:
    'cordon a node that has pods of the service and evict them as the PodDisruptionBudget allows, as kubectl drain',
  targets: ['local', 'kubernetes'],
  expects: 'replaced',
  flags: [],
}
