import { shutdownOf } from '../model/shutdown.js'
import type { Problem, Rule } from '../rule.js'
import { served, severe } from './served.js'

/** Sidecars through which the requests, or what they need, pass, and which end at SIGTERM. */
const SIDECARS = /(?:cloud-?sql-proxy|gce-proxy|pgbouncer|pgpool|oauth2-proxy|envoy|nginx|haproxy|twemproxy)/u

export const sidecarStopsFirst: Rule = {
  id: 'sidecar-stops-first',
  severity: 'warning',
  title: 'A sidecar ends before the service has drained',
  why:
    'The containers of a pod get SIGTERM together. A proxy that ends at once cuts the requests that pass through it, although the service ' +
    'still drains. Native sidecars (init containers with restartPolicy Always) end after the other containers.',
  sameAs: [],
  sources: ['https://kubernetes.io/docs/concepts/workloads/pods/sidecar-containers/'],
  example: {
    wrong: `kind: Deployment
spec:
  template:
    spec:
      containers:
        - name: cloud-sql-proxy
          image: gcr.io/cloud-sql-connectors/cloud-sql-proxy:2.14.1`,
    right: `kind: Deployment
spec:
  template:
    spec:
      initContainers:
        - name: cloud-sql-proxy
          image: gcr.io/cloud-sql-connectors/cloud-sql-proxy:2.14.1
          restartPolicy: Always`,
  },
  *check(world): Iterable<Problem> {
    for (const { workload, traffic } of served(world)) {
      const { containers, object } = workload
      if (containers.length < 2) continue
      const draining = containers.find((container) => {
        const { preStop, delay, budget, library } = shutdownOf(container)
        return preStop !== undefined || delay !== undefined || budget !== undefined || library
      })
      if (draining === undefined) continue
      for (const { name, image, preStop, path } of containers) {
        const repository = image.split(/[:@]/u)[0]?.split('/').at(-1) ?? ''
        if (name === draining.name || preStop !== undefined || !SIDECARS.test(repository)) continue
        yield {
          object,
          path,
          message: `container ${name} gets SIGTERM when ${draining.name} begins to drain, and has no preStop hook: it cuts the requests that pass through it`,
          instead:
            'a native sidecar (initContainers with restartPolicy: Always), or a preStop sleep that is longer than the drain',
          severity: severe(traffic, 'warning'),
        }
      }
    }
  },
}
