import type { Problem, Rule } from '../rule.js'
import { served } from './served.js'

export const parallelPods: Rule = {
  id: 'parallel-pods',
  severity: 'info',
  title: 'A scale-down of the StatefulSet ends several pods at once',
  why:
    'With podManagementPolicy Parallel, a scale-down deletes its pods together, and does not wait until one has drained. A rolling update ' +
    'still goes one by one.',
  sameAs: [],
  sources: ['https://kubernetes.io/docs/concepts/workloads/controllers/statefulset/#parallel-pod-management'],
  example: {
    wrong: `kind: StatefulSet
metadata:
  name: store
spec:
  podManagementPolicy: Parallel`,
    right: `kind: StatefulSet
metadata:
  name: store
spec:
  podManagementPolicy: OrderedReady`,
  },
  *check(world): Iterable<Problem> {
    for (const { workload } of served(world)) {
      const { object, kind } = workload
      const path = ['spec', 'podManagementPolicy']
      if (kind !== 'StatefulSet' || object.get(...path) !== 'Parallel' || world.trafficOf(workload) !== 'yes') continue
      const message = 'podManagementPolicy is Parallel: a scale-down ends its pods together'
      yield { object, path, message, instead: 'OrderedReady, or a scale-down of one pod at a time' }
    }
  },
}
