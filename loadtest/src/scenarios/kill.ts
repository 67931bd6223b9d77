import type { Scenario } from './scenario.js'

export const kill: Scenario = {
  name: 'kill',
  description: 'SIGKILL for one pod, without SIGTERM: losses are expected, and counted apart',
  targets: ['local', 'kubernetes'],
  expects: 'losses',
  flags: [],
}
