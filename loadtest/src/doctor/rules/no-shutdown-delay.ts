import { shutdownOf } from '../model/shutdown.js'
import type { Problem, Rule } from '../rule.js'
import { served } from './served.js'

export const noShutdownDelay: Rule = {
  id: 'no-shutdown-delay',
  severity: 'info',
  title: 'Nothing in the manifest delays the end of the pod',
  why:
    'The kubelet sends SIGTERM at about the time when the removal of the endpoint begins to spread. New connections arrive for some ' +
    'more seconds. A process that closes its listener at SIGTERM refuses them. The manifest cannot show whether the process continues ' +
    'to serve by itself.',
  sameAs: [],
  sources: ['https://kubernetes.io/docs/concepts/workloads/pods/pod-lifecycle/#pod-termination'],
  example: {
    wrong: `kind: Deployment
spec:
  template:
    spec:
      containers:
        - name: shop
          lifecycle: null`,
    right: `kind: Deployment
spec:
  template:
    spec:
      containers:
        - name: shop
          lifecycle:
            preStop:
              sleep:
                seconds: 10`,
  },
  *check(world): Iterable<Problem> {
    for (const { workload, traffic } of served(world)) {
      if (traffic !== 'yes') continue
      const times = workload.containers.map(shutdownOf)
      if (workload.containers.some(({ preStop }) => preStop !== undefined)) continue
      const none = times.find(({ delay }) => delay?.seconds === 0)?.delay
      if (none !== undefined) {
        yield {
          object: workload.object,
          path: none.path,
          message: `${none.name} is 0 and there is no preStop hook: the listener closes while connections still arrive`,
          instead: '2000-10000-15000: an adaptive delay of 2 to 15 s',
          severity: 'error',
        }
        continue
      }
      if (times.some(({ delay, budget, library }) => delay !== undefined || budget !== undefined || library)) continue
      const [container] = workload.containers
      if (container === undefined) continue
      yield {
        object: workload.object,
        path: container.path,
        message:
          'nothing delays the end of the pod: if the process stops at SIGTERM, it refuses the connections that proxies still send for some seconds',
        instead:
          'a delay in the process (ignore this info with that reason), or lifecycle.preStop.sleep.seconds: 10 (Kubernetes 1.30 or later)',
      }
    }
  },
}
