import { shutdownOf } from '../model/shutdown.js'
import type { Problem, Rule } from '../rule.js'
import { served, severe } from './served.js'

export const noGracePeriod: Rule = {
  id: 'no-grace-period',
  severity: 'error',
  title: 'The pod has no grace period',
  why:
    'With a grace period of 0 the kubelet sends SIGKILL at once, and with 1 almost at once. No request in flight can end, and the ' +
    'endpoint is removed after the process is gone.',
  sameAs: [],
  sources: ['https://kubernetes.io/docs/concepts/workloads/pods/pod-lifecycle/#pod-termination'],
  example: {
    wrong: `kind: Deployment
spec:
  template:
    spec:
      terminationGracePeriodSeconds: 0`,
    right: `kind: Deployment
spec:
  template:
    spec:
      terminationGracePeriodSeconds: 60`,
  },
  *check(world): Iterable<Problem> {
    for (const { workload, traffic } of served(world)) {
      const { object, podPath, grace } = workload
      if (grace < 2) {
        const path = [...podPath, 'terminationGracePeriodSeconds']
        const message = `terminationGracePeriodSeconds is ${grace}: SIGKILL comes before the process can end its requests`
        yield {
          object,
          path,
          message,
          instead: 'terminationGracePeriodSeconds: 60',
          severity: severe(traffic, 'error'),
          edits: [{ object, path, value: 60 }],
        }
      }
      for (const { probes, name, ...container } of workload.running) {
        const { livenessProbe, startupProbe } = probes
        const { budget, delay } = shutdownOf({ probes, name, ...container })
        const needed = budget?.seconds ?? delay?.seconds ?? 2
        for (const probe of [livenessProbe, startupProbe]) {
          if (probe?.grace === undefined || probe.grace >= needed) continue
          const path = [...probe.path, 'terminationGracePeriodSeconds']
          yield {
            object,
            path,
            message: `a restart by this probe of container ${name} has ${probe.grace} s, but the shutdown takes up to ${needed} s`,
            instead: 'remove the field: the grace period of the pod then applies',
            severity: severe(traffic, 'warning'),
            edits: [{ object, path }],
          }
        }
      }
    }
  },
}
