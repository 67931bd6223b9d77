import { amount, podsOf } from '../model/values.js'
import type { Workload } from '../model/workload.js'
import type { World } from '../model/world.js'
import type { Problem, Rule } from '../rule.js'
import { exclusiveVolume } from '../model/volume.js'
import { ifServed, served, severe } from './served.js'

export const singleReplica: Rule = {
  id: 'single-replica',
  severity: 'warning',
  title: 'The service has one pod',
  why:
    'A drained node, an eviction or a crash ends the only pod before there is another one. A StatefulSet replaces its pod in place, so even ' +
    'a rollout has a gap. A single pod is safe in a rollout if maxUnavailable is 0, and in a drain if a PodDisruptionBudget refuses the eviction. ' +
    'Nothing replaces a Pod without a controller.',
  sameAs: ['kube-linter minimum-three-replicas', 'kube-score deployment-replicas', 'Polaris deploymentMissingReplicas'],
  example: {
    wrong: `kind: Deployment
spec:
  replicas: 1`,
    right: `kind: Deployment
spec:
  replicas: 3`,
  },
  *check(world): Iterable<Problem> {
    yield* withoutRollout(world)
    for (const { workload, traffic } of served(world)) {
      const { object, kind } = workload
      if (!isUnprotected(world, workload)) continue
      // One pod without a port is what a worker has, if its author wrote so.
      const worker = workload.replicas === 1 && workload.containers.every(({ ports }) => ports.length === 0)
      if (traffic !== 'yes' && worker) continue
      const volume = exclusiveVolume(world, workload)
      const path = ['spec', 'replicas']
      const given = object.has(path) ? 'replicas is 1' : 'replicas is not set, which means 1'
      yield {
        object,
        path,
        message:
          kind === 'StatefulSet'
            ? `${given}: a rollout replaces the only pod in place, and nothing serves in between${ifServed(traffic)}`
            : `${given}: a node drain, an eviction or a crash ends the only pod${ifServed(traffic)}`,
        instead:
          kind === 'StatefulSet'
            ? 'two or more replicas, if the program can have them'
            : volume === undefined
              ? 'replicas: 3; or one replica with maxUnavailable: 0 in the strategy and in a PodDisruptionBudget'
              : `two or more replicas, once they can mount volume ${volume} together (ReadWriteMany)`,
        severity: severe(traffic, 'warning'),
        edits: kind === 'StatefulSet' || traffic !== 'yes' || volume !== undefined ? [] : [{ object, path, value: 3 }],
      }
    }
  },
}

/** A Pod of its own, or a single one of a controller without rollouts. */
function* withoutRollout(world: World): Iterable<Problem> {
  for (const workload of world.workloads) {
    const { object, kind } = workload
    const alone = kind === 'Pod'
    if (!alone && kind !== 'ReplicaSet' && kind !== 'ReplicationController') continue
    const owned = object.has(['metadata', 'ownerReferences'])
    if (owned || world.trafficOf(workload) !== 'yes' || (!alone && world.replicasOf(workload) !== 1)) continue
    yield {
      object,
      path: alone ? ['kind'] : ['spec', 'replicas'],
      message: alone
        ? 'no controller replaces this Pod after a node drain, an eviction or a crash of its node'
        : `replicas is ${object.has(['spec', 'replicas']) ? '1' : 'not set, which means 1'}: a node drain, an eviction or a crash ends the only pod`,
      instead: 'a Deployment with two or more replicas',
    }
  }
}

/** Whether an eviction or a rollout leaves a workload of one pod without any. */
export function isUnprotected(world: World, workload: Workload): boolean {
  const { kind } = workload
  if (
    kind === 'DaemonSet' ||
    world.rolloutOf(workload) !== undefined ||
    world.autoscalerOf(workload) !== undefined ||
    world.replicasOf(workload) !== 1
  )
    return false
  return kind === 'StatefulSet' || !refusesEviction(world, workload)
}

const refusesEviction = (world: World, workload: Workload): boolean =>
  world.budgetsOf(workload).some((budget) => {
    const unavailable = amount(budget.get('spec', 'maxUnavailable'))
    const available = amount(budget.get('spec', 'minAvailable'))
    return unavailable === undefined
      ? available !== undefined && podsOf(available, 1, Math.ceil) >= 1
      : podsOf(unavailable, 1, Math.ceil) === 0
  })
