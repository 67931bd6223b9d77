import type { KubeObject } from '../model/kube-object.js'
import { secondsText, shutdownOf } from '../model/shutdown.js'
import { attributesOf, podTargetsOf } from '../model/target-group.js'
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
    'and the pod serves longer: by a preStop sleep, or by a delay and a readiness probe that fails late. The NLB must not cut the open ' +
    'connections either, which it does by default when the health check has failed. The policy has no effect on an NLB that sends to pods.',
  sameAs: [],
  sources: [
    'https://kubernetes.io/docs/reference/networking/virtual-ips/#external-traffic-policy',
    'https://www.kubernetes.dev/resources/keps/1669/',
    'https://kubernetes-sigs.github.io/aws-load-balancer-controller/latest/guide/service/annotations/#health-check',
    'https://docs.aws.amazon.com/elasticloadbalancing/latest/network/edit-target-group-attributes.html#unhealthy-target-connection-termination',
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
    const keeps = new Set(attributesOf(world).flatMap((each) => (each.get(KEEPS) === 'false' ? [each.object] : [])))
    for (const service of world.services) {
      const { object, type } = service
      const ofNodes = world.workloadsOf(service).some(({ kind }) => kind === 'DaemonSet')
      for (const key of ['externalTrafficPolicy', 'internalTrafficPolicy']) {
        const path = ['spec', key]
        const external = key === 'externalTrafficPolicy'
        if (object.get(...path) !== 'Local' || (external && (type === 'ClusterIP' || toPods.has(object)))) continue
        const noticed = external ? healthCheckOf(object) : undefined
        const stays = Math.min(...world.workloadsOf(service).map(servesFor))
        const outlasts = noticed !== undefined && Number.isFinite(stays) && stays >= noticed
        if (outlasts && keeps.has(object)) continue
        const until = noticed === undefined ? '' : ` until the health check has failed, ${secondsText(noticed)} later`
        const drops = outlasts
          ? `the NLB cuts the open connections to a node ${secondsText(noticed)} after its last pod begins to end`
          : `a node whose last pod ends drops the connections that still arrive there${until}`
        const longer =
          noticed === undefined
            ? ''
            : `; or a preStop sleep of ${secondsText(noticed)}, or a delay and a readiness probe that last as long, with ${KEEPS}=false among the attributes of the target group`
        yield {
          object,
          path,
          message: `${key} is Local: ${drops}`,
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

/** By default an NLB cuts the connections of a target whose health check fails. */
const KEEPS = 'target_health_state.unhealthy.connection_termination.enabled'
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
