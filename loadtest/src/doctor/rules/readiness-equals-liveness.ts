import { fields, list } from '../model/values.js'
import type { Container, Probe } from '../model/container.js'
import type { Problem, Rule } from '../rule.js'
import { severe } from './served.js'

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
      const traffic = world.trafficOf(workload)
      if (traffic === 'no') continue
      for (const container of workload.running) {
        const { readinessProbe, livenessProbe } = container.probes
        if (readinessProbe === undefined || livenessProbe === undefined) continue
        const asked = question(container, livenessProbe)
        if (asked === undefined || asked !== question(container, readinessProbe)) continue
        // Kubernetes recommends the same check if the liveness probe fails later than the readiness probe.
        const later = patience(livenessProbe) > patience(readinessProbe)
        yield {
          object: workload.object,
          path: livenessProbe.path,
          message: `the liveness probe of container ${container.name} is the same check as its readiness probe: a pod that is overloaded or waits for a dependency is restarted${later ? ` after ${patience(livenessProbe)} s` : ''}`,
          instead: 'a liveness probe that checks only the process itself, and no dependency',
          severity: later ? 'info' : severe(traffic, 'warning'),
        }
      }
    }
  },
}

/** The time until a failing probe counts, in seconds. */
const patience = ({ period, failures }: Probe): number => period * failures

/** Returns the check of a probe as text, with names of ports resolved. Of the headers, only Host can lead to another check. */
function question({ ports }: Container, { handler }: Probe): string | undefined {
  if (handler === undefined) return undefined
  const [kind, { port, path, scheme, host, command, service, httpHeaders }] = handler
  const number = ports.find(({ name }) => name !== undefined && name === port)?.number ?? port
  return JSON.stringify([
    kind,
    number,
    kind === 'httpGet' ? (path ?? '/') : path,
    scheme ?? 'HTTP',
    host,
    command,
    list(httpHeaders).find((header) => /^host$/iu.test(String(fields(header)['name']))),
    service,
  ])
}
