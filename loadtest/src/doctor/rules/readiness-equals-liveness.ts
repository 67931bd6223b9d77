import { fields } from '../model/values.js'
import type { Container, Probe } from '../model/container.js'
import type { Problem, Rule } from '../rule.js'

export const readinessEqualsLiveness: Rule = {
  id: 'readiness-equals-liveness',
  severity: 'warning',
  title: 'The readiness probe and the liveness probe are the same check',
  why:
    'Every cause of a failed readiness also restarts the container: an overload, a database that is away, a drain. A restart cuts the ' +
    'requests in flight. A failed readiness alone would only move new requests to other pods.',
  sameAs: ['kube-score pod-probes-identical'],
  sources: ['https://kubernetes.io/docs/concepts/configuration/liveness-readiness-startup-probes/'],
  example: {
    wrong: `kind: Deployment
spec:
  template:
    spec:
      containers:
        - name: shop
          readinessProbe:
            httpGet:
              path: /health
          livenessProbe:
            httpGet:
              path: /health`,
    right: `kind: Deployment
spec:
  template:
    spec:
      containers:
        - name: shop
          readinessProbe:
            httpGet:
              path: /ready
          livenessProbe:
            httpGet:
              path: /live`,
  },
  *check(world): Iterable<Problem> {
    for (const workload of world.workloads) {
      if (world.trafficOf(workload) === 'no') continue
      for (const container of workload.containers) {
        const { readinessProbe, livenessProbe } = container.probes
        if (readinessProbe === undefined || livenessProbe === undefined) continue
        const asked = question(container, livenessProbe)
        if (asked === undefined || asked !== question(container, readinessProbe)) continue
        yield {
          object: workload.object,
          path: livenessProbe.path,
          message: `the liveness probe of container ${container.name} is the same check as its readiness probe: a pod that is only not ready is restarted`,
          instead: 'a liveness probe that checks only whether the process runs',
        }
      }
    }
  },
}

/** Returns the check of a probe as text, with names of ports resolved. */
function question({ ports }: Container, { handler }: Probe): string | undefined {
  if (handler === undefined) return undefined
  const [kind, { port, path, scheme, host, command, service }] = handler
  const number = ports.find(({ name }) => name !== undefined && name === port)?.number ?? port
  return JSON.stringify([
    kind,
    number,
    kind === 'httpGet' ? (path ?? '/') : path,
    scheme ?? 'HTTP',
    host,
    command,
    fields(handler[1])['httpHeaders'],
    service,
  ])
}
