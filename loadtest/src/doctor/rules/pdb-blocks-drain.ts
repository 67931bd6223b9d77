import { amount, podsOf } from '../model/values.js'
import type { KubeObject } from '../model/kube-object.js'
import type { World } from '../model/world.js'
import type { Workload } from '../model/workload.js'
import type { Problem, Rule } from '../rule.js'
import { count } from './served.js'

export const pdbBlocksDrain: Rule = {
  id: 'pdb-blocks-drain',
  severity: 'warning',
  title: 'The PodDisruptionBudget allows no eviction',
  why:
    '`kubectl drain` waits for ever, and node upgrades stop. Sooner or later somebody deletes the pods by force or the cloud ends the node, ' +
    'and all its pods go at once. One replica with an explicit maxUnavailable of 0 is taken as intended.',
  sameAs: [
    'kube-linter pdb-max-unavailable',
    'kube-linter pdb-min-available',
    'Polaris pdbDisruptionsIsZero',
    'Polaris pdbMinAvailableGreaterThanHPAMinReplicas',
  ],
  sources: ['https://kubernetes.io/docs/tasks/run-application/configure-pdb/'],
  example: {
    wrong: `kind: PodDisruptionBudget
spec:
  maxUnavailable: null
  minAvailable: 3`,
    right: `kind: PodDisruptionBudget
spec:
  maxUnavailable: 1`,
  },
  *check(world): Iterable<Problem> {
    for (const budget of world.ofKind('PodDisruptionBudget')) {
      const problem = blocked(world, budget)
      if (problem !== undefined) yield problem
    }
  },
}

function blocked(world: World, budget: KubeObject): Problem | undefined {
  const unavailable = amount(budget.get('spec', 'maxUnavailable'))
  const available = amount(budget.get('spec', 'minAvailable'))
  const selected = selectedBy(world, budget)
  const replicas = replicasOf(world, selected)
  const fix = [
    ...(available === undefined ? [] : [{ object: budget, path: ['spec', 'minAvailable'] }]),
    { object: budget, path: ['spec', 'maxUnavailable'], value: 1 },
  ]
  if (unavailable !== undefined && podsOf(unavailable, replicas ?? 100, Math.ceil) === 0) {
    if (replicas === 1) return undefined
    const message = `maxUnavailable is ${unavailable}: a node with one of these pods can never be drained`
    return { object: budget, path: ['spec', 'maxUnavailable'], message, instead: 'maxUnavailable: 1', edits: fix }
  }
  // `pdb-protects-nothing` reports a budget with both.
  if (available === undefined || unavailable !== undefined) return undefined
  // 100 % is every pod, whatever their number.
  const needed = available === '100%' ? (replicas ?? 100) : podsOf(available, replicas ?? 100, Math.ceil)
  if (replicas === undefined ? available !== '100%' : needed < replicas) return undefined
  const scaler = selected[0] === undefined ? undefined : world.autoscalerOf(selected[0])
  const pods =
    replicas === undefined
      ? ''
      : `; there ${replicas === 1 ? 'is' : 'are'} ${count(replicas, 'pod')}${scaler === undefined ? '' : ` (minReplicas of the ${scaler.kind})`}`
  return {
    object: budget,
    path: ['spec', 'minAvailable'],
    message: `minAvailable is ${available}${pods}: a node with one of these pods can never be drained`,
    instead:
      replicas === 1
        ? 'two or more replicas; or maxUnavailable: 0, if a person is to move the pod before a drain'
        : 'maxUnavailable: 1',
    edits: replicas === 1 ? [] : fix,
  }
}

const selectedBy = (world: World, budget: KubeObject): readonly Workload[] =>
  world.protectedBy(budget).filter((workload) => world.isRolled(workload) && world.rolloutOf(workload) === undefined)

/** The lowest number of pods that the budget selects. Undefined: their number is not known. */
function replicasOf(world: World, selected: readonly Workload[]): number | undefined {
  if (selected.length === 0 || selected.some(({ kind }) => kind === 'DaemonSet')) return undefined
  const total = selected.reduce((sum, workload) => sum + world.replicasOf(workload), 0)
  return total === 0 ? undefined : total
}
