import type { Problem, Rule } from '../rule.js'

export const hpaAndReplicas: Rule = {
  id: 'hpa-and-replicas',
  severity: 'warning',
  title: 'The manifest and the autoscaler both set the number of pods',
  why:
    'Every `kubectl apply` resets the number of pods to `replicas`. Under load this ends pods in the middle of their requests, and the rest ' +
    'is overloaded until the autoscaler has acted.',
  sameAs: ['kube-score deployment-targeted-by-hpa-does-not-have-replicas-configured'],
  sources: [
    'https://kubernetes.io/docs/concepts/workloads/autoscaling/horizontal-pod-autoscale/#migrating-deployments-and-statefulsets-to-horizontal-autoscaling',
  ],
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
    // In a cluster the autoscaler itself sets the field.
    if (world.live) return
    for (const workload of world.rolled) {
      const scaler = world.autoscalerOf(workload)
      if (scaler === undefined || workload.replicas === undefined) continue
      const path = ['spec', 'replicas']
      const { object } = workload
      yield {
        object,
        path,
        message: `replicas is ${workload.replicas}, and ${scaler.title} also sets the number: each kubectl apply sets it back to ${workload.replicas}, however many pods the load needs`,
        instead: 'remove replicas; the autoscaler sets the number',
        edits: [{ object, path }],
      }
    }
  },
}
