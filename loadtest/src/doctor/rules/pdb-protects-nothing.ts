import { amount, fields, labels, podsOf } from '../model/values.js'
import type { Problem, Rule } from '../rule.js'
import { count } from './served.js'

export const pdbProtectsNothing: Rule = {
  id: 'pdb-protects-nothing',
  severity: 'warning',
  title: 'The PodDisruptionBudget protects no pod',
  why:
    'A budget that selects no pods, or that allows all of them to be evicted, has no effect. A node drain or a cluster autoscaler then ends ' +
    'all pods of the node, or of several nodes, at once.',
  sameAs: ['kube-score deployment-has-poddisruptionbudget', 'kube-score poddisruptionbudget-has-policy'],
  sources: ['https://kubernetes.io/docs/tasks/run-application/configure-pdb/'],
  example: {
    wrong: `kind: PodDisruptionBudget
spec:
  maxUnavailable: 100%`,
    right: `kind: PodDisruptionBudget
spec:
  maxUnavailable: 1`,
  },
  *check(world): Iterable<Problem> {
    for (const budget of world.ofKind('PodDisruptionBudget')) {
      const selector = budget.get('spec', 'selector')
      const selected = world.protectedBy(budget)
      const pairs = labels(fields(selector)['matchLabels'])
      if (selected.length === 0 && (world.madeByOperator(budget, pairs) || world.missesWorkloads)) continue
      if (selector !== undefined && selected.length === 0 && world.beside(budget).length > 0) {
        const wanted = Object.entries(pairs).map(([key, value]) => `${key}=${value}`)
        yield {
          object: budget,
          path: ['spec', 'selector'],
          message: `the selector${wanted.length > 0 ? ` (${wanted.join(',')})` : ''} selects the pods of no workload in the input`,
          instead: 'the labels of the pod template',
          // Every workload beside it has a budget: a part of a chart that is switched off.
          severity: world.beside(budget).some((each) => world.budgetsOf(each).length === 0) ? 'warning' : 'info',
        }
        continue
      }
      const unavailable = amount(budget.get('spec', 'maxUnavailable'))
      const available = amount(budget.get('spec', 'minAvailable'))
      if (unavailable === undefined && available === undefined) {
        if (budget.get('spec') === undefined) continue
        const edits = [{ object: budget, path: ['spec', 'maxUnavailable'], value: 1 }]
        const message = 'neither minAvailable nor maxUnavailable is set'
        yield { object: budget, path: ['spec'], message, instead: 'maxUnavailable: 1', edits, severity: 'info' }
        continue
      }
      if (unavailable !== undefined && available !== undefined) {
        yield {
          object: budget,
          path: ['spec', 'minAvailable'],
          message: 'minAvailable and maxUnavailable are both set: the API server refuses the PodDisruptionBudget',
          instead: 'maxUnavailable alone',
          severity: 'error',
          edits: [{ object: budget, path: ['spec', 'minAvailable'] }],
        }
        continue
      }
      const replicas = selected.reduce((sum, workload) => sum + world.replicasOf(workload), 0)
      const key = unavailable === undefined ? 'minAvailable' : 'maxUnavailable'
      const allowed =
        unavailable === undefined
          ? replicas - podsOf(available ?? 0, replicas, Math.ceil)
          : podsOf(unavailable, replicas, Math.ceil)
      const everything = unavailable === '100%' || available === 0 || available === '0%'
      if (!everything && (replicas < 2 || allowed < replicas || selected.some(({ kind }) => kind === 'DaemonSet')))
        continue
      yield {
        object: budget,
        path: ['spec', key],
        message: `${key} ${unavailable ?? available} allows the eviction of ${replicas < 2 ? 'every pod' : `all ${count(replicas, 'pod')}`} at once`,
        instead: 'maxUnavailable: 1',
        severity: selected.length > 0 && selected.every((each) => world.trafficOf(each) !== 'yes') ? 'info' : 'warning',
        edits: [
          ...(key === 'minAvailable' ? [{ object: budget, path: ['spec', 'minAvailable'] }] : []),
          { object: budget, path: ['spec', 'maxUnavailable'], value: 1 },
        ],
      }
    }
  },
}
