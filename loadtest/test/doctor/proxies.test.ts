import { describe, expect, it } from 'vitest'
import { findingsOf, idsOf, manifestWith } from './fixtures/manifest.ts'
import { container, env, ingress } from './fixtures/parts.ts'

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
const envoyRetry = (triggers: string): string =>
  shop(
    'BackendTrafficPolicy',
    `{targetRefs: [{kind: HTTPRoute, name: shop}], retry: {retryOn: {triggers: [${triggers}]}}}`,
  )
const attribute = (seconds: number): string =>
  `loadBalancerAttributes: [{key: idle_timeout.timeout_seconds, value: "${seconds}"}]`
const cluster = (kind: string, name: string, spec: string): string =>
  `apiVersion: example/v1\nkind: ${kind}\nmetadata:\n  name: ${name}\nspec: ${spec}`
const ingressClass = (controller: string): string =>
  cluster('IngressClass', 'public', `{controller: ${controller}, parameters: {kind: IngressClassParams, name: times}}`)
const albClass = cluster(
  'GatewayClass',
  'public',
  '{controllerName: gateway.k8s.aws/alb, parametersRef: {kind: LoadBalancerConfiguration, name: of-class}}',
)
const albGateway = cluster(
  'Gateway',
  'front',
  '{gatewayClassName: public, infrastructure: {parametersRef: {kind: LoadBalancerConfiguration, name: of-gateway}}}',
)
const balancer = (name: string, fields: string): string => cluster('LoadBalancerConfiguration', name, `{${fields}}`)
const virtualServer = (upstream: string): string =>
  shop('VirtualServer', `{upstreams: [{name: shop, service: shop, ${upstream}}]}`)
const configMap = (data: string): string =>
  `apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: nginx-config\n  namespace: nginx-ingress\ndata: ${data}`
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
    [
      'NGINX of F5 by its annotations',
      [ingress('nginx', '{nginx.org/client-max-body-size: 8m}'), idle('KEEP_ALIVE_TIMEOUT', '5')],
      [],
    ],
    [
      'NGINX of F5 by its class',
      [ingress('public'), ingressClass('nginx.org/ingress-controller'), idle('KEEP_ALIVE_TIMEOUT', '5')],
      [],
    ],
    ['NGINX of F5 without connections', [virtualServer('keepalive: 0'), idle('KEEP_ALIVE_TIMEOUT', '5')], []],
    ['an unknown number of connections', [virtualServer('port: 80'), idle('KEEP_ALIVE_TIMEOUT', '5')], []],
    [
      'a VirtualServer without connections before the ConfigMap',
      [virtualServer('keepalive: 0'), configMap('{keepalive: "16"}'), idle('KEEP_ALIVE_TIMEOUT', '5')],
      [],
    ],
    [
      'a class of HAProxy',
      [ingress('public'), ingressClass('haproxy.org/ingress-controller'), idle('KEEP_ALIVE_TIMEOUT', '5')],
      [],
    ],
    [
      'a class of Alibaba Cloud',
      [
        ingress('alb'),
        ingressClass('ingress.k8s.alibabacloud/alb').replace('name: public', 'name: alb'),
        idle('KEEP_ALIVE_TIMEOUT', '5'),
      ],
      [],
    ],
    ['an unknown proxy', [ingress('other'), idle('KEEP_ALIVE_TIMEOUT', '5')], []],
    ['an unknown server', [ingress('nginx')], []],
  ])('%s', (_, parts, rules) => {
    expect(idsOf(manifestWith(...parts))).toEqual(rules)
  })

  it.each<readonly [what: string, parts: readonly string[], longest: number]>([
    ['a class of ALB', [ingress('public'), ingressClass('ingress.k8s.aws/alb')], 60],
    ['a class of EKS Auto Mode', [ingress('public'), ingressClass('eks.amazonaws.com/alb')], 60],
    [
      'a class of ALB with parameters, which count before the annotation',
      [
        ingress('public', '{alb.ingress.kubernetes.io/load-balancer-attributes: idle_timeout.timeout_seconds=300}'),
        ingressClass('ingress.k8s.aws/alb'),
        cluster('IngressClassParams', 'times', `{${attribute(90)}}`),
      ],
      90,
    ],
    ['a Gateway of ALB', [route, albGateway, albClass], 60],
    [
      'a Gateway of ALB with its configuration',
      [route, albGateway, albClass, balancer('of-gateway', attribute(70))],
      70,
    ],
    [
      'a Gateway of ALB whose class counts first',
      [route, albGateway, albClass, balancer('of-gateway', attribute(70)), balancer('of-class', attribute(80))],
      80,
    ],
    [
      'a Gateway of ALB that counts before its class',
      [
        route,
        albGateway,
        albClass,
        balancer('of-gateway', attribute(70)),
        balancer('of-class', `mergingMode: prefer-gateway, ${attribute(80)}`),
      ],
      70,
    ],
    ['a class of ingress-nginx', [ingress('public'), ingressClass('k8s.io/ingress-nginx')], 60],
    ['NGINX of F5', [ingress('nginx', '{nginx.org/keepalive: "32"}')], 60],
    [
      'NGINX of F5 with a ConfigMap',
      [ingress('nginx', '{nginx.org/lb-method: ip_hash}'), configMap('{keepalive: "16"}')],
      60,
    ],
    ['a VirtualServer', [virtualServer('keepalive: 32')], 60],
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

  it.each<readonly [what: string, parts: readonly string[], severity: string]>([
    ['ALB', [ingress('alb')], 'error'],
    ['ingress-nginx', [ingress('nginx')], 'warning'],
    ['NGINX of F5', [virtualServer('keepalive: 32')], 'warning'],
    ['Traefik', [ingressRoute], 'warning'],
    ['Istio', [virtual], 'warning'],
    ['Contour', [httpProxy('idle: 5s')], 'error'],
    [
      'Contour with retries',
      [shop('HTTPProxy', '{routes: [{services: [{name: shop}], retryPolicy: {count: 2}}]}')],
      'warning',
    ],
    [
      'Contour without retries',
      [shop('HTTPProxy', '{routes: [{services: [{name: shop}], retryPolicy: {count: -1}}]}')],
      'error',
    ],
    ['Envoy Gateway', [route, gateway('eg')], 'error'],
    ['Envoy Gateway with retries', [route, gateway('eg'), envoyRetry('reset')], 'warning'],
    [
      'Envoy Gateway with retries of failed connections',
      [route, gateway('eg'), envoyRetry('connect-failure')],
      'error',
    ],
  ])('a lost request of %s', (_, parts, severity) => {
    const found = findingsOf(manifestWith(...parts, idle('KEEP_ALIVE_TIMEOUT', '5')))
    expect(found.map((each) => `${each.rule.id} ${each.severity}`)).toEqual([`keep-alive-below-proxy ${severity}`])
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
