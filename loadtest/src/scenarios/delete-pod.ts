import type { Scenario } from './scenario.js'

export const deletePod: Scenario = {
  name: 'delete-pod',
  description: 'delete pods at once and wait for their replacements, as kubectl delete pod',
  targets: ['local', 'kubernetes'],
  expects: 'replaced',
  flags: [
    {
      name: 'pods',
      value: 'N',
      help: 'how many pods delete-pod deletes. Default: 1',
      min: 1,
      max: 10_000,
      whole: true,
      byDefault: 1,
    },
  ],
}
