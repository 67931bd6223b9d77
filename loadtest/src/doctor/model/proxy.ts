import type { KubeObject } from './kube-object.js'
import { attributeIn, classOf } from './proxy-class.js'
import { backendsOf } from './service.js'
import { fields, isFields, labels, list, seconds, text, texts, type Fields } from './values.js'
import type { World } from './world.js'

/** How long a proxy keeps an idle connection to a pod. */
export interface Idle {
  readonly seconds: number
  /** As in `the ALB`. */
  readonly name: string
  /** The field that changes it. Undefined: nothing does. */
  readonly setting?: string
  /** The proxy repeats a request that a closed connection has lost, if it may be repeated. */
  readonly retries?: boolean
}

/** A proxy in front of Services. */
export interface Front {
  /** The object that puts the proxy there. */
  readonly object: KubeObject
  readonly services: readonly string[]
  readonly idle: Idle
}

/** The default of Envoy. Source: https://www.envoyproxy.io/docs/envoy/latest/faq/configuration/timeouts */
const ENVOY = 3_600

/** Returns the proxies in front of Services whose idle timeout is known. */
export const frontsOf = (world: World): readonly Front[] => world.objects.flatMap((object) => frontsBy(world, object))

function frontsBy(world: World, object: KubeObject): readonly Front[] {
  switch (object.kind) {
    case 'HTTPProxy':
      return list(object.get('spec', 'routes')).map((route) => ({
        object,
        services: names(fields(route)['services']),
        idle: contour(fields(route)),
      }))
    case 'IngressRoute':
      return list(object.get('spec', 'routes'))
        .flatMap((route) => list(fields(route)['services']))
        .map((service) => ({
          object,
          services: names([service]),
          idle: traefik(world, text(fields(service)['serversTransport'])),
        }))
    case 'VirtualService':
      return list(object.get('spec', 'http'))
        .flatMap((route) => list(fields(route)['route']))
        .map((target) => serviceIn(fields(fields(target)['destination'])['host']))
        .map((service) => ({ object, services: [service], idle: istio(world, object, service) }))
    case 'VirtualServer':
    case 'VirtualServerRoute':
      return list(object.get('spec', 'upstreams')).flatMap((upstream) => {
        const { service, keepalive } = fields(upstream)
        const idle = f5(keepalive ?? keepAliveOfF5(world))
        return typeof service === 'string' && idle !== undefined ? [{ object, services: [service], idle }] : []
      })
    default: {
      const services = backendsOf(object).map(({ service }) => service)
      const idle = services.length === 0 ? undefined : byClass(world, object, services)
      return idle === undefined ? [] : [{ object, services, idle }]
    }
  }
}

/** The proxy of an Ingress or of a Gateway, by its class. */
function byClass(world: World, object: KubeObject, services: readonly string[]): Idle | undefined {
  const { controller, parameters } = classOf(world, object)
  // Alibaba Cloud has a controller whose class is often named so, too.
  if (/^alb$|^(?:ingress\.k8s\.aws|eks\.amazonaws\.com|gateway\.k8s\.aws)\/alb$/u.test(controller))
    return alb(object, parameters)
  // The keep-alive timeout of Google's front ends to their backends cannot be changed.
  if (/^(?:gce|gke-)/u.test(controller)) return { seconds: 600, name: 'the Google Cloud load balancer' }
  if (isOfF5(object, controller)) return f5(object.annotations['nginx.org/keepalive'] ?? keepAliveOfF5(world))
  if (controller.startsWith('nginx') || controller === 'k8s.io/ingress-nginx') return nginx(world)
  if (/traefik/u.test(controller)) return traefik(world, transportOf(world, services))
  if (/contour/u.test(controller)) return contour({})
  if (/istio/u.test(controller)) return istio(world, object, services[0] ?? '')
  if (/^eg$|envoy/u.test(controller)) return envoyGateway(world, object)
  return undefined
}

/** The parameters of the class count before the annotation. */
function alb({ annotations }: KubeObject, parameters: readonly KubeObject[]): Idle {
  const key = 'idle_timeout.timeout_seconds'
  const [ofClass] = parameters.flatMap((each) => attributeIn(each.get('spec', 'loadBalancerAttributes'), key) ?? [])
  const attributes = annotations['alb.ingress.kubernetes.io/load-balancer-attributes'] ?? ''
  const found = ofClass ?? /idle_timeout\.timeout_seconds=(\d+)/u.exec(attributes)?.[1]
  return { seconds: Number(found ?? 60), name: 'the ALB', setting: `${key} of the load balancer` }
}

function nginx(world: World): Idle {
  const configured = world
    .ofKind('ConfigMap')
    .map((each) => Number(labels(each.get('data'))['upstream-keepalive-timeout']))
    .find((each) => each > 0)
  return {
    seconds: configured ?? 60,
    name: 'ingress-nginx',
    setting: 'upstream-keepalive-timeout of its ConfigMap',
    retries: true,
  }
}

/** Both controllers often have the class `nginx`. */
const isOfF5 = ({ annotations }: KubeObject, controller: string): boolean =>
  controller === 'nginx.org/ingress-controller' ||
  Object.keys(annotations).some((key) => /^nginx\.(?:org|com)\//u.test(key))

const keepAliveOfF5 = (world: World): unknown =>
  world
    .ofKind('ConfigMap')
    .filter(({ name }) => name.includes('nginx'))
    .map((each) => labels(each.get('data'))['keepalive'])
    .find((each) => each !== undefined)

/** Without a number of connections, its version decides whether it keeps any. */
const f5 = (connections: unknown): Idle | undefined =>
  Number(connections) > 0 ? { seconds: 60, name: 'NGINX Ingress Controller', retries: true } : undefined

const contour = (route: Fields): Idle => ({
  seconds: seconds(fields(route['timeoutPolicy'])['idleConnection']) ?? ENVOY,
  name: 'Contour',
  setting: 'timeoutPolicy.idleConnection of an HTTPProxy',
  retries: retriesOf(route['retryPolicy']),
})

function retriesOf(policy: unknown): boolean {
  const { count, retryOn = ['5xx'] } = fields(policy)
  return isFields(policy) && count !== -1 && repeats(retryOn)
}

/** Whether Envoy repeats a request that a closed connection has lost. */
const repeats = (conditions: unknown): boolean =>
  texts(conditions).some((each) => ['5xx', 'reset', 'reset-before-request', 'gateway-error'].includes(each))

/** A Service names its ServersTransport as `namespace-name@kubernetescrd`. */
function transportOf(world: World, services: readonly string[]): string | undefined {
  const given = world.services
    .filter(({ object }) => services.includes(object.name))
    .map(({ object }) => object.annotations['traefik.ingress.kubernetes.io/service.serverstransport'])
    .find((each) => each !== undefined)
  const [id = ''] = given?.split('@') ?? []
  return world.ofKind('ServersTransport').find((each) => id === `${each.namespace ?? 'default'}-${each.name}`)?.name
}

function traefik(world: World, transport: string | undefined): Idle {
  const found = world.ofKind('ServersTransport').find(({ name }) => name === transport)
  return {
    seconds: seconds(found?.get('spec', 'forwardingTimeouts', 'idleConnTimeout')) ?? 90,
    name: 'Traefik',
    setting: 'forwardingTimeouts.idleConnTimeout of a ServersTransport',
    retries: true,
  }
}

function istio(world: World, object: KubeObject, service: string): Idle {
  const rule = world
    .ofKind('DestinationRule')
    .find((each) => serviceIn(each.get('spec', 'host')) === service && world.near(each, object))
  return {
    seconds: seconds(rule?.get('spec', 'trafficPolicy', 'connectionPool', 'http', 'idleTimeout')) ?? ENVOY,
    name: 'Istio',
    setting: 'connectionPool.http.idleTimeout of a DestinationRule',
    retries: true,
  }
}

/** A BackendTrafficPolicy of the route counts before one of its Gateway. */
function envoyGateway(world: World, route: KubeObject): Idle {
  const policyOf = (name: string | undefined): KubeObject | undefined =>
    world.ofKind('BackendTrafficPolicy').find((each) => {
      const targets = [...list(each.get('spec', 'targetRefs')), each.get('spec', 'targetRef')]
      return name !== undefined && targets.some((target) => text(fields(target)['name']) === name)
    })
  const policy = policyOf(route.name) ?? policyOf(text(route.get('spec', 'parentRefs', 0, 'name')))
  return {
    seconds: seconds(policy?.get('spec', 'timeout', 'http', 'connectionIdleTimeout')) ?? ENVOY,
    name: 'Envoy Gateway',
    setting: 'timeout.http.connectionIdleTimeout of a BackendTrafficPolicy',
    retries: repeats(policy?.get('spec', 'retry', 'retryOn', 'triggers')),
  }
}

/** @example serviceIn('shop.cloud.svc.cluster.local') // 'shop' */
const serviceIn = (host: unknown): string => text(host)?.split('.')[0] ?? ''

const names = (services: unknown): readonly string[] =>
  list(services).flatMap((each) => {
    const { kind = 'Service', name } = fields(each)
    return kind === 'Service' && typeof name === 'string' ? [name] : []
  })
