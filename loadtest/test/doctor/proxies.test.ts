import { describe, expect, it } from 'vitest'
import { findingsOf, idsOf, manifestWith } from './fixtures/manifest.ts'
import { container, env, ingress, NO_HOOK } from './fixtures/parts.ts'

type Case = readonly [what: string, parts: readonly string[], rules: readonly string[]]

const idle = (name: string, value: string): string => container(env({ [name]: value }))
const shop = (kind: string, spec: string): string =>
  `apiVersion: example/v1\nkind: ${kind}\nmetadata:\n  name: shop\n  namespace: shop\nspec: ${spec}`
const destination = (host: string, time: string): string =>
  shop('DestinationRule', `{host: ${host}, trafficPolicy: {connectionPool: {http: {idleTimeout: ${time}}}}}`)
const virtual = shop('VirtualService', '{http: [{route: [{destination: {host: shop.shop.svc.cluster.local}}]}]}')
const route = shop('HTTPRoute', '{parentRefs: [{name: front}], rules: [{backendRefs: [{name: shop, port: 80}]}]}')
const gateway = (name: string): string =>
  `apiVersion: example/v1\nkind: Gateway\nmetadata:\n  name: front\n  namespace: shop\nspec:\n  gatewayClassName: ${name}`
const gatewayClass = (controller: string): string =>
  `apiVersion: example/v1\nkind: GatewayClass\nmetadata:\n  name: public\nspec:\n  controllerName: ${controller}`
const policy = (target: string, time: string): string =>
  shop(
    'BackendTrafficPolicy',
    `{targetRefs: [{kind: ${target}, name: ${target === 'Gateway' ? 'front' : 'shop'}}], timeout: {http: {connectionIdleTimeout: ${time}}}}`,
  )
const httpProxy = (timeout: string): string =>
  shop('HTTPProxy', `{routes: [{services: [{name: shop, port: 80}], timeoutPolicy: {${timeout}}}]}`)
const ingressRoute = shop('IngressRoute', '{routes: [{services: [{name: shop, port: 80, serversTransport: shop}]}]}')
const transport = (time: string): string => shop('ServersTransport', `{forwardingTimeouts: {idleConnTimeout: ${time}}}`)
const annotated = `kind: Service\nmetadata:\n  annotations:\n    traefik.ingress.kubernetes.io/service.serverstransport: shop-shop@kubernetescrd`

describe('a proxy in front', () => {
  it.each<Case>([
    ['ALB, 60 s', [ingress('alb'), idle('KEEP_ALIVE_TIMEOUT', '60')], ['keep-alive-below-proxy']],
    ['ALB, 61 s', [ingress('alb'), idle('KEEP_ALIVE_TIMEOUT', '61')], []],
    [
      'ALB with 300 s',
      [
        ingress('alb', '{alb.ingress.kubernetes.io/load-balancer-attributes: idle_timeout.timeout_seconds=300}'),
        idle('KEEP_ALIVE_TIMEOUT', '61'),
      ],
      ['keep-alive-below-proxy'],
    ],
    ['Google, 5,000 ms', [ingress('gce'), idle('KEEP_ALIVE_TIMEOUT_MS', '5000')], ['keep-alive-below-proxy']],
    ['Google, 620,000 ms', [ingress('gce'), idle('KEEP_ALIVE_TIMEOUT', '620000')], []],
    ['gunicorn behind nginx', [ingress('nginx'), container('args: [--keep-alive, "5"]')], ['keep-alive-below-proxy']],
    ['Traefik, 89 s', [ingress('traefik'), idle('KEEP_ALIVE_TIMEOUT', '89')], ['keep-alive-below-proxy']],
    ['Traefik, 91 s', [ingress('traefik'), idle('KEEP_ALIVE_TIMEOUT', '91')], []],
    ['Contour', [ingress('contour'), idle('KEEP_ALIVE_TIMEOUT', '600')], ['keep-alive-below-proxy']],
    ['an unknown proxy', [ingress('other'), idle('KEEP_ALIVE_TIMEOUT', '5')], []],
    ['an unknown server', [ingress('nginx')], []],
  ])('%s', (_, parts, rules) => {
    expect(idsOf(manifestWith(...parts))).toEqual(rules)
  })

  it.each<readonly [what: string, parts: readonly string[], longest: number]>([
    ['Istio', [virtual], 3_600],
    ['Istio with a DestinationRule', [virtual, destination('shop', '1m30s')], 90],
    ['Istio with the rule of another host', [virtual, destination('store', '30s')], 3_600],
    ['a Gateway of Istio', [route, gateway('istio'), destination('shop.shop', '45s')], 45],
    ['Envoy Gateway', [route, gateway('eg')], 3_600],
    [
      'a class of Envoy Gateway',
      [route, gateway('public'), gatewayClass('gateway.envoyproxy.io/gatewayclass-controller')],
      3_600,
    ],
    ['Envoy Gateway with a policy', [route, gateway('eg'), policy('Gateway', '50s')], 50],
    ['Envoy Gateway with a policy of the route', [route, gateway('eg'), policy('HTTPRoute', '40s')], 40],
    ['Contour', [httpProxy('idle: 5s')], 3_600],
    ['Contour with a timeout', [httpProxy('idleConnection: 500ms')], 0.5],
    ['Traefik', [ingressRoute], 90],
    ['Traefik with a transport', [ingressRoute, transport('42s')], 42],
    ['Traefik with a number', [ingressRoute, transport('42')], 42],
    ['Traefik with a transport of the Service', [ingress('traefik'), annotated, transport('30s')], 30],
  ])('the idle timeout of %s', (_, parts, longest) => {
    const rules = (ms: number): string[] => idsOf(manifestWith(...parts, idle('KEEP_ALIVE_TIMEOUT_MS', String(ms))))
    expect([rules(longest * 1_000), rules(longest * 1_000 + 1)]).toEqual([['keep-alive-below-proxy'], []])
  })

  it('names no longer time where there is none', () => {
    const [finding] = findingsOf(manifestWith(httpProxy('idleConnection: infinity'), idle('KEEP_ALIVE_TIMEOUT', '65')))
    expect(finding?.message).toContain('Contour in front of it keeps idle connections without a limit')
    expect(finding?.instead).toBe('less than 65 s in timeoutPolicy.idleConnection of an HTTPProxy')
  })

  it('is found through a Gateway', () => {
    expect(
      idsOf(manifestWith(route, gateway('gke-l7-global-external-managed'), idle('KEEP_ALIVE_TIMEOUT', '65'))),
    ).toEqual(['keep-alive-below-proxy'])
    expect(
      idsOf(manifestWith(route, gateway('gke-l7-global-external-managed'), idle('KEEP_ALIVE_TIMEOUT', '620'))),
    ).toEqual([])
  })
})

const attributes = (kind: string, seconds: number): string =>
  `kind: ${kind}\nmetadata:\n  annotations:\n    alb.ingress.kubernetes.io/target-group-attributes: stickiness.enabled=false,deregistration_delay.timeout_seconds=${seconds}`
const albWith = (seconds: number): string =>
  ingress('alb', `{alb.ingress.kubernetes.io/target-group-attributes: deregistration_delay.timeout_seconds=${seconds}}`)
const backend = (seconds: number): string =>
  `apiVersion: cloud.google.com/v1\nkind: BackendConfig\nmetadata:\n  name: times\n  namespace: shop\nspec:\n  connectionDraining:\n    drainingTimeoutSec: ${seconds}`
const uses = (value: string): string =>
  `kind: Service\nmetadata:\n  annotations:\n    cloud.google.com/backend-config: '${value}'`
const drainPolicy = (seconds: number): string =>
  `apiVersion: networking.gke.io/v1\nkind: GCPBackendPolicy\nmetadata:\n  name: times\n  namespace: shop\nspec:\n  targetRef: {kind: Service, name: shop}\n  default: {connectionDraining: {drainingTimeoutSec: ${seconds}}}`
const times = (delay: string, total: string): string =>
  container(`${env({ GRACEFUL_SHUTDOWN_DELAY: delay, GRACEFUL_TIMEOUT: total })}\n${NO_HOOK}`)

describe('the drain of a load balancer', () => {
  it.each<Case>([
    ['an ALB that cuts at once', [albWith(0)], ['balancer-drain']],
    ['an ALB with some time, and an unknown drain', [albWith(5)], []],
    ['an ALB with less than the drain', [albWith(14), times('5000', '20000')], ['balancer-drain']],
    ['an ALB with the drain', [albWith(15), times('5000', '20000')], []],
    [
      'the default delay of the library',
      [albWith(9), container(`${env({ GRACEFUL_TIMEOUT: '30000' })}\n${NO_HOOK}`)],
      ['balancer-drain'],
    ],
    ['an annotation of the Service', [attributes('Service', 0)], ['balancer-drain']],
    ['an annotation of the Service before that of the Ingress', [albWith(0), attributes('Service', 60)], []],
    ['a BackendConfig', [uses('{"ports": {"http": "times"}}'), backend(0)], ['balancer-drain']],
    ['a BackendConfig with time', [uses('{"default": "times"}'), backend(60)], []],
    ['a BackendConfig of another Service', [uses('{"default": "other"}'), backend(0)], []],
    ['an annotation that is no JSON', [uses('times'), backend(0)], []],
    ['a policy', [drainPolicy(0)], ['balancer-drain']],
    ['a policy with time', [drainPolicy(30)], []],
  ])('%s', (_, parts, rules) => {
    expect(idsOf(manifestWith(...parts))).toEqual(rules)
  })
})
