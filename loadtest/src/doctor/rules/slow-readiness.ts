import type { Problem, Rule } from '../rule.js'
import { served, severe } from './served.js'

/** The defaults of Kubernetes give 30 s. */
const LONGEST = 30

export const slowReadiness: Rule = {
  id: 'slow-readiness',
  severity: 'warning',
  title: 'A pod that fails gets requests for a long time',
  why:
    'A pod stays in the endpoints until its readiness probe has failed failureThreshold times, periodSeconds apart. A liveness restart ' +
    'sends SIGTERM while the endpoint is not terminating: only readiness takes the pod out.',
  sameAs: [],
  example: {
    wrong: `kind: Deployment
spec:
  template:
    spec:
      containers:
        - name: shop
          readinessProbe:
            periodSeconds: 30
            failureThreshold: 3`,
    right: `kind: Deployment
spec:
  template:
    spec:
      containers:
        - name: shop
          readinessProbe:
            periodSeconds: 2
            failureThreshold: 2`,
  },
  *check(world): Iterable<Problem> {
    for (const { workload, traffic } of served(world)) {
      for (const { name, probes } of workload.running) {
        const probe = probes.readinessProbe
        if (probe === undefined || probe.period * probe.failures <= LONGEST) continue
        // The field that is further from its default, which is 10 s and 3.
        const key = probe.period / 10 >= probe.failures / 3 ? 'periodSeconds' : 'failureThreshold'
        yield {
          object: workload.object,
          path: [...probe.path, key],
          message: `if container ${name} fails, it still gets requests for ${probe.period * probe.failures} s (${probe.failures} × ${probe.period} s)`,
          instead: 'periodSeconds: 5 and failureThreshold: 2',
          severity: severe(traffic, 'warning'),
          edits: [
            { object: workload.object, path: [...probe.path, 'periodSeconds'], value: 5 },
            { object: workload.object, path: [...probe.path, 'failureThreshold'], value: 2 },
          ],
        }
      }
    }
  },
}
