import { text } from '../model/values.js'
import type { Problem, Rule } from '../rule.js'
import { listed } from './served.js'

export const hpaTarget: Rule = {
  id: 'hpa-target',
  severity: 'warning',
  title: 'The autoscaler scales nothing',
  why: 'An autoscaler whose target does not exist adds no pod. In a rollout under load the remaining pods are overloaded.',
  sameAs: ['kube-linter dangling-horizontalpodautoscaler', 'kube-score horizontalpodautoscaler-has-target'],
  example: {
    wrong: `apiVersion: autoscaling/v2
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
    name: store`,
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
    for (const scaler of world.ofKind('HorizontalPodAutoscaler')) {
      const path = ['spec', 'scaleTargetRef']
      const name = text(scaler.get(...path, 'name'))
      const kind = text(scaler.get(...path, 'kind'))
      const near = world.beside(scaler).filter((each) => world.isRolled(each))
      if (
        name === undefined ||
        near.length === 0 ||
        (kind !== undefined && world.isUnread(kind)) ||
        // The target can be a custom resource, too.
        world.has(kind, name)
      )
        continue
      yield {
        object: scaler,
        path: [...path, 'name'],
        message: `there is no ${kind ?? 'workload'} ${name} in the input; it has ${listed(near.map(({ object }) => object.title))}`,
        instead: 'the kind and the name of the workload',
      }
    }
  },
}
