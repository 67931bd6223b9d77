import type { Problem, Rule } from '../rule.js'

export const externalTrafficLocal: Rule = {
  id: 'external-traffic-local',
  severity: 'warning',
  title: 'A node without a ready pod drops the traffic that arrives there',
  why:
    'With the policy Local, a node sends traffic to its own pods alone. When its last pod ends, the load balancer still sends there until ' +
    'its health check has failed, and these connections are dropped. A rollout moves pods between nodes.',
  sameAs: [],
  sources: ['https://kubernetes.io/docs/reference/networking/virtual-ips/#external-traffic-policy'],
  example: {
    wrong: `kind: Service
spec:
  type: LoadBalancer
  externalTrafficPolicy: Local`,
    right: `kind: Service
spec:
  type: LoadBalancer
  externalTrafficPolicy: Cluster`,
  },
  *check(world): Iterable<Problem> {
    for (const { object, type } of world.services) {
      for (const key of ['externalTrafficPolicy', 'internalTrafficPolicy']) {
        const path = ['spec', key]
        if (object.get(...path) !== 'Local' || (key === 'externalTrafficPolicy' && type === 'ClusterIP')) continue
        yield {
          object,
          path,
          message: `${key} is Local: a node whose last pod ends drops what still arrives there`,
          instead: `${key}: Cluster; if the address of the client must stay, the PROXY protocol or X-Forwarded-For`,
        }
      }
    }
  },
}
