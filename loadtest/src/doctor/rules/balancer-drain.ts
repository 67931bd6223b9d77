import type { KubeObject } from '../model/kube-object.js'
import type { Service } from '../model/service.js'
import { secondsText, shutdownOf } from '../model/shutdown.js'
import { attributesOf, servicesBehind } from '../model/target-group.js'
import { fields, isFields, text, whole, type Path } from '../model/values.js'
import type { Workload } from '../model/workload.js'
import type { World } from '../model/world.js'
import type { Problem, Rule } from '../rule.js'

/** The library leaves this time of its budget to the drain, in seconds. */
const DRAIN_OF_LIBRARY = 10
const BACKEND_CONFIG = /^(?:beta\.)?cloud\.google\.com\/backend-config$/u

export const balancerDrain: Rule = {
  id: 'balancer-drain',
  severity: 'warning',
  title: 'The load balancer cuts requests that the pod still answers',
  why:
    'When a pod leaves, a load balancer closes the connections to it after a time of its own: deregistration_delay of an ALB, or of an NLB ' +
    'with deregistration_delay.connection_termination.enabled, connectionDraining of Google Cloud, and the connection drain of Alibaba Cloud. A ' +
    'request that needs longer is cut, although the pod would answer it. With 0, every request in flight is cut.',
  sameAs: [],
  sources: [
    'https://docs.aws.amazon.com/elasticloadbalancing/latest/application/edit-target-group-attributes.html#deregistration-delay',
    'https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_TargetGroupAttribute.html',
    'https://kubernetes-sigs.github.io/aws-load-balancer-controller/latest/guide/gateway/targetgroupconfig/',
    'https://cloud.google.com/kubernetes-engine/docs/how-to/ingress-configuration#draining_timeout',
    'https://cloud.google.com/load-balancing/docs/enabling-connection-draining',
    'https://googlecloudplatform.github.io/gke-gateway-api',
    'https://www.alibabacloud.com/help/en/doc-detail/2840512.html',
    'https://www.alibabacloud.com/help/en/slb/application-load-balancer/use-cases/smooth-transition-of-alb-request-by-connection-graceful-interrupt',
    'https://help.aliyun.com/zh/ack/ack-managed-and-ack-dedicated/support/service-troubleshooting',
  ],
  example: {
    wrong: `kind: Service
metadata:
  annotations:
    cloud.google.com/backend-config: '{"default": "shop"}'
---
apiVersion: cloud.google.com/v1
kind: BackendConfig
metadata:
  name: shop
  namespace: shop
spec:
  connectionDraining:
    drainingTimeoutSec: 0`,
    right: `kind: Service
metadata:
  annotations:
    cloud.google.com/backend-config: '{"default": "shop"}'
---
apiVersion: cloud.google.com/v1
kind: BackendConfig
metadata:
  name: shop
  namespace: shop
spec:
  connectionDraining:
    drainingTimeoutSec: 60`,
  },
  *check(world): Iterable<Problem> {
    for (const { object, path, name, seconds, services } of [
      ...world.objects.flatMap((each) => limitsOfGoogle(world, each)),
      ...limitsOfAws(world),
      ...world.objects.flatMap((each) => limitsOfAlibaba(world, each)),
    ]) {
      const workloads = services
        .filter((each) => world.near(object, each.object))
        .flatMap((each) => world.workloadsOf(each))
      if (workloads.length === 0) continue
      const needed = Math.ceil(Math.max(0, ...workloads.map(drainOf)))
      if (seconds > 0 && seconds >= needed) continue
      const than = needed === 0 ? '60' : String(needed)
      yield {
        object,
        path,
        message:
          seconds === 0
            ? `${name} is 0: the load balancer cuts the requests in flight of every pod that leaves`
            : `${name} is ${secondsText(seconds)}, but the pod drains for up to ${secondsText(needed)}: the load balancer cuts its last requests`,
        instead: `${name} of ${than} s or more`,
        severity: seconds === 0 ? 'error' : 'warning',
        // An annotation holds other attributes, too.
        edits: path.includes('annotations')
          ? []
          : [{ object, path, value: typeof object.get(...path) === 'string' ? than : Number(than) }],
      }
    }
  },
}

/** How long a load balancer lets requests to a leaving pod end. */
interface Limit {
  readonly object: KubeObject
  readonly path: Path
  readonly name: string
  readonly seconds: number
  readonly services: readonly Service[]
}

function limitsOfGoogle(world: World, object: KubeObject): readonly Limit[] {
  const limit = (path: Path, seconds: number | undefined, services: readonly Service[]): readonly Limit[] =>
    seconds === undefined ? [] : [{ object, path, name: 'drainingTimeoutSec', seconds, services }]
  if (object.kind === 'BackendConfig') {
    const path = ['spec', 'connectionDraining', 'drainingTimeoutSec']
    const services = world.services.filter((service) => configsOf(service.object).includes(object.name))
    return limit(path, whole(object.get(...path)), services)
  }
  if (object.kind === 'GCPBackendPolicy') {
    const path = ['spec', 'default', 'connectionDraining', 'drainingTimeoutSec']
    const target = fields(object.get('spec', 'targetRef'))
    const services = world.services.filter(
      ({ object: { name } }) => target['kind'] === 'Service' && name === target['name'],
    )
    return limit(path, whole(object.get(...path)), services)
  }
  return []
}

const DELAY = 'deregistration_delay.timeout_seconds'
const TERMINATION = 'deregistration_delay.connection_termination.enabled'

const limitsOfAws = (world: World): readonly Limit[] =>
  attributesOf(world).flatMap((attributes) => {
    const seconds = Number(attributes.get(DELAY) ?? Number.NaN)
    if (Number.isNaN(seconds) || (attributes.network && attributes.get(TERMINATION) !== 'true')) return []
    return [{ ...attributes, path: attributes.pathOf(DELAY), name: 'deregistration_delay', seconds }]
  })

const ALIBABA_ALB = 'alb.ingress.kubernetes.io/connection-drain'
const ALIBABA_CLB = 'service.beta.kubernetes.io/alibaba-cloud-loadbalancer-connection-drain'

function limitsOfAlibaba(world: World, object: KubeObject): readonly Limit[] {
  const { annotations } = object
  const isIngress = object.kind === 'Ingress'
  // YAML without quotes makes `true` of `on`.
  const isOn = /^(?:on|true)$/u.test(annotations[isIngress ? `${ALIBABA_ALB}-enabled` : ALIBABA_CLB] ?? '')
  const key = `${isIngress ? ALIBABA_ALB : ALIBABA_CLB}-timeout`
  const seconds = Number(annotations[key] ?? Number.NaN)
  if (!isOn || Number.isNaN(seconds)) return []
  return [
    {
      object,
      path: ['metadata', 'annotations', key],
      name: 'connection-drain-timeout',
      seconds,
      services: servicesBehind(world, object),
    },
  ]
}

/** The names in `{"default": "a", "ports": {"http": "b"}}`. */
function configsOf({ annotations }: KubeObject): readonly string[] {
  const given = Object.entries(annotations).find(([key]) => BACKEND_CONFIG.test(key))?.[1]
  try {
    const parsed: unknown = JSON.parse(given ?? '{}')
    const { default: all, ports } = fields(parsed)
    return [all, ...(isFields(ports) ? Object.values(ports) : [])].flatMap((each) => text(each) ?? [])
  } catch {
    return []
  }
}

/** How long the pods of a workload drain after their delay, as far as it is known, in seconds. */
function drainOf({ containers }: Workload): number {
  return Math.max(
    0,
    ...containers.map((container) => {
      const { budget, delay, library } = shutdownOf(container)
      if (budget === undefined) return 0
      if (delay !== undefined) return budget.seconds - delay.seconds
      return library ? Math.min(DRAIN_OF_LIBRARY, budget.seconds) : budget.seconds
    }),
  )
}
