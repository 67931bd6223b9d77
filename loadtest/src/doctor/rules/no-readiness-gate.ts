import { podTargetsOf } from '../model/target-group.js'
import { fields, labels, list, text } from '../model/values.js'
import type { Problem, Rule } from '../rule.js'

const INJECT = 'elbv2.k8s.aws/pod-readiness-gate-inject'

export const noReadinessGate: Rule = {
  id: 'no-readiness-gate',
  severity: 'warning',
  title: 'The rollout does not wait for the targets of the load balancer',
  why:
    'With targets of type ip, an ALB or NLB sends to pods directly, and needs some time to register a new one. Without a readiness gate ' +
    'the rollout can end all old pods before any new one is a healthy target. The type is a field of an Ingress, of its IngressClassParams, ' +
    'of a Service, a TargetGroupBinding or a TargetGroupConfiguration.',
  sameAs: [],
  sources: [
    'https://kubernetes-sigs.github.io/aws-load-balancer-controller/latest/deploy/pod_readiness_gate/',
    'https://kubernetes-sigs.github.io/aws-load-balancer-controller/latest/guide/ingress/ingress_class/#spectargettype',
    'https://kubernetes-sigs.github.io/aws-load-balancer-controller/latest/guide/service/annotations/#nlb-target-type',
  ],
  example: {
    wrong: `apiVersion: v1
kind: Namespace
metadata:
  name: shop
---
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata:
  name: shop
  namespace: shop
  annotations:
    alb.ingress.kubernetes.io/target-type: ip
spec:
  ingressClassName: alb
  defaultBackend:
    service:
      name: shop
      port:
        number: 80`,
    right: `apiVersion: v1
kind: Namespace
metadata:
  name: shop
  labels:
    elbv2.k8s.aws/pod-readiness-gate-inject: enabled
---
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata:
  name: shop
  namespace: shop
  annotations:
    alb.ingress.kubernetes.io/target-type: ip
spec:
  ingressClassName: alb
  defaultBackend:
    service:
      name: shop
      port:
        number: 80`,
  },
  *check(world): Iterable<Problem> {
    for (const { object, path, services } of podTargetsOf(world)) {
      const namespace = world.named('Namespace', object.namespace, object)
      if (labels(namespace?.get('metadata', 'labels'))[INJECT] === 'enabled') continue
      const workloads = services.flatMap((service) => world.workloadsOf(service))
      const gated = workloads.some(({ pod }) =>
        list(pod['readinessGates']).some((gate) => text(fields(gate)['conditionType'])?.startsWith('target-health.')),
      )
      if (workloads.length === 0 || gated) continue
      yield {
        object,
        path,
        message: `the targets are of type ip, and namespace ${object.namespace ?? 'of the pods'} ${namespace === undefined ? 'is not in the input' : `has no label ${INJECT}`}: a rollout does not wait until a new pod is a healthy target`,
        instead: `${INJECT}: enabled among the labels of the Namespace`,
        severity: namespace === undefined ? 'info' : 'warning',
        edits:
          namespace === undefined
            ? []
            : [{ object: namespace, path: ['metadata', 'labels', INJECT], value: 'enabled' }],
      }
    }
  },
}
