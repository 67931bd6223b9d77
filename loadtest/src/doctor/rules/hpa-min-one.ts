import { whole } from '../model/values.js'
import { minReplicasOf } from '../model/autoscaler.js'
import type { Problem, Rule } from '../rule.js'
import { ifServed, severe } from './served.js'

export const hpaMinOne: Rule = {
  id: 'hpa-min-one',
  severity: 'warning',
  title: 'The autoscaler may leave one pod',
  why: 'With minReplicas 1 a quiet hour leaves one pod. A node drain or a crash then ends the only pod, and a rollout moves all traffic at once.',
  sameAs: [
    'kube-linter hpa-minimum-three-replicas',
    'kube-score horizontalpodautoscaler-replicas',
    'Polaris hpaMinAvailability',
  ],
  sources: ['https://kubernetes.io/docs/concepts/workloads/autoscaling/horizontal-pod-autoscale/'],
  example: {
    wrong: `kind: Deployment
spec:
  replicas: null
---
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata:
  name: shop
  namespace: shop
spec:
  minReplicas: 1
  maxReplicas: 10
  scaleTargetRef:
    apiVersion: apps/v1
    kind: Deployment
    name: shop`,
    right: `kind: Deployment
spec:
  replicas: null
---
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata:
  name: shop
  namespace: shop
spec:
  minReplicas: 3
  maxReplicas: 10
  scaleTargetRef:
    apiVersion: apps/v1
    kind: Deployment
    name: shop`,
  },
  *check(world): Iterable<Problem> {
    for (const scaler of world.objects) {
      if (scaler.kind !== 'HorizontalPodAutoscaler' && scaler.kind !== 'ScaledObject') continue
      const key = scaler.kind === 'ScaledObject' ? 'minReplicaCount' : 'minReplicas'
      const maxKey = scaler.kind === 'ScaledObject' ? 'maxReplicaCount' : 'maxReplicas'
      // The API server refuses a minimum above the maximum.
      const most = whole(scaler.get('spec', maxKey)) ?? 3
      const path = ['spec', key]
      // A ScaledObject without a minimum belongs to a worker that scales to zero.
      if (minReplicasOf(scaler) > 1 || (scaler.kind === 'ScaledObject' && !scaler.has(path))) continue
      const target = world.scaledBy(scaler)
      const traffic = target === undefined ? 'unknown' : world.trafficOf(target)
      if (traffic === 'no') continue
      const none = minReplicasOf(scaler) === 0
      yield {
        object: scaler,
        path,
        message: `${key} is ${scaler.has(path) ? minReplicasOf(scaler) : 'not set, which means 1'}: the service may have ${none ? 'no pod, and requests wait for one or fail' : 'one pod, and a drain or a crash leaves none'}${target === undefined ? '' : ifServed(traffic)}`,
        instead: most < 2 ? `${key}: 3, and a higher ${maxKey}` : `${key}: ${Math.min(3, most)}`,
        severity: severe(traffic, 'warning'),
        edits: most < 2 ? [] : [{ object: scaler, path, value: Math.min(3, most) }],
      }
    }
  },
}
