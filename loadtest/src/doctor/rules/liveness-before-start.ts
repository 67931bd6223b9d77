import type { Problem, Rule } from '../rule.js'
import { severe } from './served.js'

/** A start of this length is usual under load on a busy node, in seconds. */
const START = 10

export const livenessBeforeStart: Rule = {
  id: 'liveness-before-start',
  severity: 'warning',
  title: 'The liveness probe can restart a pod that still starts',
  why:
    'Without a startup probe the liveness probe runs from the start. A start that takes longer than usual, as on a busy node in a rollout, ' +
    'is restarted, and may never end.',
  sameAs: [],
  sources: ['https://kubernetes.io/docs/concepts/configuration/liveness-readiness-startup-probes/#startup-probe'],
  example: {
    wrong: `kind: Deployment
spec:
  template:
    spec:
      containers:
        - name: shop
          startupProbe: null
          livenessProbe:
            periodSeconds: 3
            failureThreshold: 3`,
    right: `kind: Deployment
spec:
  template:
    spec:
      containers:
        - name: shop
          startupProbe:
            httpGet:
              path: /live
              port: http
            periodSeconds: 1
            failureThreshold: 30
          livenessProbe:
            periodSeconds: 3
            failureThreshold: 3`,
  },
  *check(world): Iterable<Problem> {
    for (const workload of world.workloads) {
      const traffic = world.trafficOf(workload)
      if (traffic === 'no') continue
      for (const { name, probes } of workload.running) {
        const { livenessProbe: probe, startupProbe } = probes
        if (probe === undefined || startupProbe !== undefined) continue
        const until = probe.initialDelay + probe.period * probe.failures
        if (until >= START) continue
        yield {
          object: workload.object,
          path: probe.path,
          message: `container ${name} is restarted if it has not started after ${until} s (initialDelaySeconds ${probe.initialDelay} + ${probe.failures} × ${probe.period} s)`,
          instead: 'a startupProbe with the same action, periodSeconds: 1 and failureThreshold: 30',
          severity: severe(traffic, 'warning'),
          edits:
            probe.handler === undefined
              ? []
              : [
                  {
                    object: workload.object,
                    path: [...probe.path.slice(0, -1), 'startupProbe'],
                    value: { [probe.handler[0]]: probe.handler[1], periodSeconds: 1, failureThreshold: 30 },
                  },
                ],
        }
      }
    }
  },
}
