import { secondsText } from '../model/shutdown.js'
import type { Problem, Rule } from '../rule.js'
import { severe } from './served.js'

/** A stall of this length is not a dead process, in seconds. */
const STALL = 5

export const eagerLiveness: Rule = {
  id: 'eager-liveness',
  severity: 'warning',
  title: 'The liveness probe restarts the container after a short stall',
  why:
    'One slow answer, a garbage collection or a throttled CPU is enough for a restart. The restart cuts the requests in flight. All pods ' +
    'under the same load restart together.',
  sameAs: [],
  sources: ['https://kubernetes.io/docs/concepts/configuration/liveness-readiness-startup-probes/'],
  example: {
    wrong: `kind: Deployment
spec:
  template:
    spec:
      containers:
        - name: shop
          livenessProbe:
            periodSeconds: 5
            failureThreshold: 1`,
    right: `kind: Deployment
spec:
  template:
    spec:
      containers:
        - name: shop
          livenessProbe:
            periodSeconds: 10
            failureThreshold: 3`,
  },
  *check(world): Iterable<Problem> {
    for (const workload of world.workloads) {
      const traffic = world.trafficOf(workload)
      if (traffic === 'no') continue
      const { object } = workload
      for (const { name, probes } of workload.running) {
        const probe = probes.livenessProbe
        if (probe === undefined) continue
        const { failures, period, timeout, path } = probe
        const once = failures === 1
        const stall = period * (failures - 1) + timeout
        if (once ? stall >= STALL * 2 : stall >= STALL) continue
        const key = once ? 'failureThreshold' : 'periodSeconds'
        yield {
          object,
          path: probe.body[key] === undefined ? path : [...path, key],
          message: once
            ? `one failed liveness probe restarts container ${name} (failureThreshold 1)`
            : `the liveness probe restarts container ${name} after a stall of ${secondsText(stall)}`,
          instead: 'periodSeconds: 10 and failureThreshold: 3, the defaults',
          severity: severe(traffic, 'warning'),
          edits: [
            { object, path: [...path, 'periodSeconds'], value: 10 },
            { object, path: [...path, 'failureThreshold'], value: 3 },
          ],
        }
      }
    }
  },
}
