import type { Problem, Rule } from '../rule.js'
import { served } from './served.js'

export const noPdb: Rule = {
  id: 'no-pdb',
  severity: 'info',
  title: 'No PodDisruptionBudget limits evictions',
  why: 'A drain evicts all pods of a node at once. Two drains at a time, as in an upgrade of the nodes, can end every pod of the service.',
  sameAs: [
    'kube-score deployment-has-poddisruptionbudget',
    'kube-score statefulset-has-poddisruptionbudget',
    'Polaris missingPodDisruptionBudget',
  ],
  sources: ['https://kubernetes.io/docs/tasks/run-application/configure-pdb/'],
  example: {
    wrong: `kind: PodDisruptionBudget
spec:
  selector:
    matchLabels:
      app: another-service
---
kind: Deployment
metadata:
  name: another-service
spec:
  template:
    metadata:
      labels:
        app: another-service`,
    right: `kind: PodDisruptionBudget
spec:
  maxUnavailable: 1
  selector:
    matchLabels:
      app: shop`,
  },
  *check(world): Iterable<Problem> {
    if (world.isUnread('PodDisruptionBudget')) return
    for (const { workload } of served(world)) {
      if (workload.kind === 'DaemonSet' || world.replicasOf(workload) < 2 || world.budgetsOf(workload).length > 0)
        continue
      yield {
        object: workload.object,
        path: ['metadata', 'name'],
        message: 'no PodDisruptionBudget selects these pods: a drain evicts all pods of a node at once',
        instead: 'a PodDisruptionBudget with maxUnavailable: 1',
      }
    }
  },
}
