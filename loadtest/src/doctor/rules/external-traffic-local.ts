import type { KubeObject } from '../model/kube-object.js'
import { secondsText, shutdownOf } from '../model/shutdown.js'
import { podTargetsOf } from '../model/target-group.js'
import type { Workload } from '../model/workload.js'
import type { Problem, Rule } from '../rule.js'

export const externalTrafficLocal: Rule = {
  id: 'external-traffic-local',
  severity: 'warning',
  title: 'A node without a ready pod drops the traffic that arrives there',
  why:
    'With the policy Local, a node sends traffic to its own pods alone. When its last pod ends, the load balancer still sends there until ' +
    'its health check has failed, and these connections are dropped. A rollout moves pods between nodes. Until then the node sends to a ' +
    'pod that ends, as long as its readiness probe passes. So the policy is no mistake if the annotations of an NLB show its health check ' +
    'and the pod serves longer: by a preStop sleep, or by a delay and a readiness probe that fails late. It has no effect on an NLB that ' +
    'sends to pods.',
  sameAs: [],
  sources: [
    'https://kubernetes.io/docs/reference/networking/virtual-ips/#external-traffic-policy',
    'https://www.kubernetes.dev/resources/keps/1669/',
    'https://kubernetes-sigs.github.io/aws-load-balancer-controller/latest/guide/service/annotations/#health-check',
  ],
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
    const toPods = new Set(podTargetsOf(world).map(({ object }) => object))
    for (const service of world.services) {
      const { object, type } = service
      const ofNodes = world.workloadsOf(service).some(({ kind }) => kind === 'DaemonSet')
      for (const key of ['externalTrafficPolicy', 'internalTrafficPolicy']) {
        const path = ['spec', key]
        const external = key === 'externalTrafficPolicy'
        if (object.get(...path) !== 'Local' || (external && (type === 'ClusterIP' || toPods.has(object)))) continue
        const noticed = external ? healthCheckOf(object) : undefined
        const stays = Math.min(...world.workloadsOf(service).map(servesFor))
        if (noticed !== undefined && Number.isFinite(stays) && stays >= noticed) continue
        const until = noticed === undefined ? '' : ` until the health check has failed, ${secondsText(noticed)} later`
        const longer =
          noticed === undefined
            ? ''
            : `; or a preStop sleep of ${secondsText(noticed)}, or a delay and a readiness probe that last as long`
        yield {
          object,
          path,
          message: `${key} is Local: a node whose last pod ends drops the connections that still arrive there${until}`,
          instead: external
            ? `${key}: Cluster; if the address of the client must stay, the PROXY protocol or X-Forwarded-For${longer}`
            : `${key}: Cluster; if clients need the pod of their own node, a DaemonSet with maxSurge: 1 and maxUnavailable: 0`,
          // An agent on each node serves the clients of that node on purpose.
          severity: !external && ofNodes ? 'info' : 'warning',
        }
      }
    }
  },
}

const AWS = 'service.beta.kubernetes.io/aws-load-balancer-'

/** After how many seconds the load balancer stops sending to a node, if the annotations show it. */
function healthCheckOf(object: KubeObject): number | undefined {
  const { annotations } = object
  // The defaults are those of the AWS Load Balancer Controller.
  const ofController =
    annotations[`${AWS}type`] === 'external' || object.get('spec', 'loadBalancerClass') === 'service.k8s.aws/nlb'
  const [interval, failures] = ofController ? ['10', '3'] : []
  const seconds =
    Number(annotations[`${AWS}healthcheck-interval`] ?? interval) *
    Number(annotations[`${AWS}healthcheck-unhealthy-threshold`] ?? failures)
  return seconds > 0 ? seconds : undefined
}

/** How long a pod that ends still gets traffic on its node and serves it, at least, in seconds. */
function servesFor({ containers }: Workload): number {
  return Math.max(
    ...containers.map((container) => {
      const { preStop, leastDelay = 0 } = shutdownOf(container)
      const probe = container.probes.readinessProbe
      // Readiness fails at SIGTERM, and the first of the failed probes may come at once.
      const passes = probe === undefined ? 0 : probe.period * (probe.failures - 1)
      return (preStop?.seconds ?? 0) + Math.min(leastDelay, passes)
    }),
  )
}
