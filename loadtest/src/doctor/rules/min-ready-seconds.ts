import type { Container } from '../model/container.js'
import { shutdownOf } from '../model/shutdown.js'
import type { Problem, Rule } from '../rule.js'
import { served } from './served.js'
import { isUnprotected } from './single-replica.js'

export const minReadySeconds: Rule = {
  id: 'min-ready-seconds',
  severity: 'warning',
  title: 'An old pod goes at the moment when the new one is ready',
  why:
    'With minReadySeconds 0 an old pod gets SIGTERM as soon as the readiness probe of the new pod has succeeded once. Proxies that have not ' +
    'yet learned of the new pod have only the old one. A version that fails soon after its start replaces all pods.',
  sameAs: [],
  sources: ['https://kubernetes.io/docs/concepts/workloads/controllers/deployment/#min-ready-seconds'],
  example: {
    wrong: `kind: Deployment
spec:
  replicas: 1
  minReadySeconds: 0
---
kind: PodDisruptionBudget
spec:
  maxUnavailable: 0`,
    right: `kind: Deployment
spec:
  replicas: 1
  minReadySeconds: 10
---
kind: PodDisruptionBudget
spec:
  maxUnavailable: 0`,
  },
  *check(world): Iterable<Problem> {
    for (const { workload, traffic } of served(world)) {
      const { object, kind, minReady } = workload
      if (traffic !== 'yes' || minReady > 0 || kind === 'DeploymentConfig') continue
      if (world.rolloutOf(workload) !== undefined) continue
      const found = world.replacementOf(workload)
      if (found !== undefined && found.type !== 'rolling') continue
      // The only pod of a StatefulSet is replaced in place: there is no next one.
      if (kind === 'StatefulSet' && world.replicasOf(workload) < 2) continue
      const path = ['spec', 'minReadySeconds']
      const single = world.replicasOf(workload) === 1 && kind !== 'DaemonSet'
      // An old pod that serves on after its deletion bridges the time until every proxy knows the new one.
      if (!single && workload.containers.some(servesOn)) continue
      yield {
        object,
        path,
        message: `minReadySeconds is ${object.has(path) ? '0' : 'not set'}: an old pod ends as soon as the new one is ready, before every proxy sends to the new one`,
        instead: 'minReadySeconds: 10',
        // With the pods that `single-replica` and `hpa-min-one` ask for, it is an info.
        severity:
          single && world.autoscalerOf(workload) === undefined && !isUnprotected(world, workload) ? 'warning' : 'info',
        edits: [{ object, path, value: 10 }],
      }
    }
  },
}

function servesOn(container: Container): boolean {
  const { preStop, delay, library } = shutdownOf(container)
  return preStop !== undefined || (delay?.seconds ?? 0) > 0 || library
}
