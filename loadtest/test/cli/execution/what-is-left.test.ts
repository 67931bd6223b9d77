import { expect, test } from 'vitest'
import { readProveSettings } from '../../../src/cli/settings/prove-settings.ts'
import { whatIsLeft } from '../../../src/cli/execution/output/what-is-left.ts'

const told = (...flags: readonly string[]): string => {
  const settings = readProveSettings([
    '--target',
    'kubernetes',
    '--namespace',
    'store',
    '--deployment',
    'shop',
    ...flags,
  ])
  return whatIsLeft(settings)
}

test.each([
  [
    'restart',
    /; if kubectl rollout history deployment\/shop -n store shows a revision of this run, kubectl rollout undo /,
  ],
  [
    'scale-down',
    /; if it has fewer replicas than before, kubectl scale deployment\/shop -n store --replicas= restores their number\.$/,
  ],
  [
    'drain-node',
    /; if kubectl get nodes shows a node with SchedulingDisabled that this run cordoned, kubectl uncordon makes it schedulable\.$/,
  ],
  ['delete-pod', /; its controller replaces the deleted pods\.$/],
  ['kill', /; its controller replaces the deleted pods\.$/],
  ['liveness-restart', /; if pod shop-liveness is there, kubectl delete pod -n store removes it\.$/],
])('an abandoned %s names its own way back, and no undo if it makes no revision', (scenario, expected) => {
  const text = told('--scenario', scenario)
  expect(text).toMatch(expected)
  expect(text.includes('rollout undo')).toBe(scenario === 'restart')
})

test('after several rollouts the user chooses a revision', () => {
  expect(told('--scenario', 'restart', '--repeat', '4')).toMatch(/--to-revision= restores one of them\.$/)
})
