import { whole } from '../model/values.js'
import type { Problem, Rule } from '../rule.js'
import { severe } from './served.js'

export const revisionHistory: Rule = {
  id: 'revision-history',
  severity: 'warning',
  title: 'No old version is kept for an undo',
  why: 'With revisionHistoryLimit 0, `kubectl rollout undo` finds no revision. A version that drops requests stays until somebody builds another one.',
  sameAs: [],
  sources: ['https://kubernetes.io/docs/concepts/workloads/controllers/deployment/#revision-history-limit'],
  example: {
    wrong: `kind: Deployment
spec:
  revisionHistoryLimit: 0`,
    right: `kind: Deployment
spec:
  revisionHistoryLimit: 10`,
  },
  *check(world): Iterable<Problem> {
    for (const workload of world.rolled) {
      const { object } = workload
      const path = ['spec', 'revisionHistoryLimit']
      if (whole(object.get(...path)) !== 0) continue
      const message = 'revisionHistoryLimit is 0: kubectl rollout undo has nothing to go back to'
      const severity = severe(world.trafficOf(workload), 'warning')
      yield {
        object,
        path,
        message,
        instead: 'revisionHistoryLimit: 10',
        severity,
        edits: [{ object, path, value: 10 }],
      }
    }
  },
}
