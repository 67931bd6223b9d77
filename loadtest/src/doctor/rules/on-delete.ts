import type { Problem, Rule } from '../rule.js'
import { served } from './served.js'

export const onDelete: Rule = {
  id: 'on-delete',
  severity: 'warning',
  title: 'The controller does not roll out the new version',
  why:
    'With the strategy OnDelete the controller replaces a pod only after somebody has deleted it. Nothing waits for the next pod to be ready, ' +
    'so a deletion of several pods, or a drain, takes them all.',
  sameAs: [],
  sources: ['https://kubernetes.io/docs/concepts/workloads/controllers/statefulset/#on-delete'],
  example: {
    wrong: `kind: StatefulSet
metadata:
  name: store
spec:
  updateStrategy:
    type: OnDelete`,
    right: `kind: StatefulSet
metadata:
  name: store
spec:
  updateStrategy:
    type: RollingUpdate`,
  },
  *check(world): Iterable<Problem> {
    for (const { workload } of served(world)) {
      const found = world.replacementOf(workload)
      if (found?.type !== 'on-delete') continue
      const { object } = workload
      const message = 'updateStrategy is OnDelete: the person who deletes the pods must wait for each new one'
      yield {
        object,
        path: found.typePath,
        message,
        instead: 'type: RollingUpdate',
        edits: [{ object, path: found.typePath, value: 'RollingUpdate' }],
      }
    }
  },
}
