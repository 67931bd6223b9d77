import type { Container } from '../model/container.js'
import type { Workload } from '../model/workload.js'
import type { World } from '../model/world.js'
import type { Problem, Rule } from '../rule.js'
import { ifServed, severe } from './served.js'

export const noReadinessProbe: Rule = {
  id: 'no-readiness-probe',
  severity: 'error',
  title: 'A container with traffic has no readiness probe',
  why:
    'Without the probe a pod counts as ready when its process has started. Requests arrive before the process listens, and the rollout ' +
    'ends the next old pod at once, even if the new version never works.',
  sameAs: ['kube-linter no-readiness-probe', 'kube-score pod-probes', 'Polaris readinessProbeMissing'],
  sources: ['https://kubernetes.io/docs/concepts/configuration/liveness-readiness-startup-probes/'],
  example: {
    wrong: `kind: Deployment
spec:
  template:
    spec:
      containers:
        - name: shop
          readinessProbe: null`,
    right: `kind: Deployment
spec:
  template:
    spec:
      containers:
        - name: shop
          readinessProbe:
            httpGet:
              path: /ready
              port: http
            periodSeconds: 2
            failureThreshold: 2`,
  },
  *check(world): Iterable<Problem> {
    for (const workload of world.workloads) {
      const traffic = world.trafficOf(workload)
      if (traffic === 'no') continue
      for (const { path, name } of withoutProbe(world, workload)) {
        yield {
          object: workload.object,
          path,
          message: `container ${name} has no readinessProbe: it gets requests before it listens${ifServed(traffic)}`,
          instead: 'a readinessProbe that succeeds once the process answers requests',
          severity: severe(traffic, 'error'),
        }
      }
    }
  },
}

/** The containers to which a Service sends traffic. If that is not known: all of them, unless one of the pod has a probe. */
function withoutProbe(world: World, workload: Workload): readonly Container[] {
  const { containers, running } = workload
  const targets = new Set(world.servicesOf(workload).flatMap(({ ports }) => ports.map(({ targetPort }) => targetPort)))
  const targeted = running.filter(({ ports }) =>
    ports.some(({ name, number }) => targets.has(number) || (name !== undefined && targets.has(name))),
  )
  if (targeted.length > 0) return targeted.filter(({ probes }) => probes.readinessProbe === undefined)
  return running.some(({ probes }) => probes.readinessProbe !== undefined) ? [] : containers
}
