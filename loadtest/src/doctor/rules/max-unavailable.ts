import type { Problem, Rule } from '../rule.js'
import { exclusiveVolume } from '../model/volume.js'
import { count, ifServed, served, severe } from './served.js'

export const maxUnavailable: Rule = {
  id: 'max-unavailable',
  severity: 'error',
  title: 'A rollout may end every pod at once',
  why:
    'maxUnavailable is the number of pods that may be away. If it is as large as the number of pods, the controller ends all of them before ' +
    'a new one is ready. With one replica, a maxUnavailable of 1 is enough.',
  sameAs: [],
  sources: ['https://kubernetes.io/docs/concepts/workloads/controllers/deployment/#max-unavailable'],
  example: {
    wrong: `kind: Deployment
spec:
  strategy:
    rollingUpdate:
      maxSurge: 25%
      maxUnavailable: 100%`,
    right: `kind: Deployment
spec:
  strategy:
    rollingUpdate:
      maxSurge: 25%
      maxUnavailable: 0`,
  },
  *check(world): Iterable<Problem> {
    for (const { workload, traffic } of served(world)) {
      const { object, kind } = workload
      const found = world.replacementOf(workload)
      const replicas = world.replicasOf(workload)
      if (found?.type !== 'rolling') continue
      // `single-replica` reports a StatefulSet of one pod, which has no other way.
      if (kind === 'StatefulSet' && replicas < 2) continue
      const all = kind === 'DaemonSet' ? (world.nodes ?? 100) : replicas
      if (all === 0 || found.maxUnavailable < all || (kind === 'DaemonSet' && all < 2)) continue
      const path = [...found.path, 'maxUnavailable']
      const volume = exclusiveVolume(world, workload)
      const surges = kind === 'Deployment' || kind === 'Rollout' || kind === 'DeploymentConfig'
      yield {
        object,
        path,
        message:
          kind === 'DaemonSet'
            ? `maxUnavailable is ${String(object.get(...path))}: a rollout ends the pods of all nodes at once`
            : `maxUnavailable allows ${found.maxUnavailable} of ${count(replicas, 'pod')} to be away: a rollout may have no pod${ifServed(traffic)}`,
        instead:
          volume !== undefined
            ? `fewer pods away, once two pods can mount volume ${volume} (ReadWriteMany); as it is, a second pod may wait for ever`
            : surges
              ? 'maxUnavailable: 0 with maxSurge: 1'
              : 'maxUnavailable: 1',
        severity: severe(traffic, 'error'),
        edits:
          volume !== undefined
            ? []
            : [
                { object, path, value: surges ? 0 : 1 },
                ...(surges && found.maxSurge === 0 ? [{ object, path: [...found.path, 'maxSurge'], value: 1 }] : []),
              ],
      }
    }
  },
}
