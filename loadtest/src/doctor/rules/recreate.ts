import type { Problem, Rule } from '../rule.js'
import { exclusiveVolume } from '../model/volume.js'
import { ifServed, served, severe } from './served.js'
import { boundToNode } from './surge-without-node.js'

export const recreate: Rule = {
  id: 'recreate',
  severity: 'error',
  title: 'A rollout ends all pods before it starts a new one',
  why: 'With the strategy Recreate there is no pod from the end of the old ones until the first new one is ready. Every request in between fails.',
  sameAs: ['kube-linter no-rolling-update-strategy', 'kube-score deployment-strategy'],
  sources: ['https://kubernetes.io/docs/concepts/workloads/controllers/deployment/#strategy'],
  example: {
    wrong: `kind: Deployment
spec:
  strategy:
    type: Recreate
    rollingUpdate: null`,
    right: `kind: Deployment
spec:
  strategy:
    type: RollingUpdate
    rollingUpdate:
      maxSurge: 1
      maxUnavailable: 0`,
  },
  *check(world): Iterable<Problem> {
    for (const { workload, traffic } of served(world)) {
      const { object, kind } = workload
      const found = world.replacementOf(workload)
      if (found === undefined || (found.type !== 'recreate' && found.type !== 'other')) continue
      const volume = exclusiveVolume(world, workload)
      const bound = boundToNode(workload)
      yield {
        object,
        path: found.typePath,
        message:
          found.type === 'recreate'
            ? `strategy Recreate: no pod serves during a rollout${ifServed(traffic)}`
            : `${String(object.get(...found.typePath))} is no strategy of a ${kind}`,
        instead:
          volume === undefined
            ? bound === undefined
              ? 'type: RollingUpdate with maxSurge: 1 and maxUnavailable: 0'
              : `type: RollingUpdate with ${bound.instead}`
            : `RollingUpdate, once two pods can mount volume ${volume} (ReadWriteMany); as it is, a second pod may wait for ever`,
        severity: severe(traffic, 'error'),
        edits:
          volume === undefined && bound === undefined
            ? [
                { object, path: found.typePath, value: kind === 'DeploymentConfig' ? 'Rolling' : 'RollingUpdate' },
                ...(kind === 'Deployment'
                  ? [{ object, path: found.path, value: { maxSurge: 1, maxUnavailable: 0 } }]
                  : []),
              ]
            : [],
      }
    }
  },
}
