import { describe, expect, it } from 'vitest'
import { findingsOf, manifestWith, RIGHT } from './fixtures/manifest.ts'

/** The findings of a rule, as `error: message`. */
const found = (text: string, rule: string): string[] =>
  findingsOf(text)
    .filter((each) => each.rule.id === rule)
    .map(({ severity, message }) => `${severity}: ${message}`)
const severities = (text: string, rule: string): string[] => found(text, rule).map((each) => each.split(':')[0] ?? '')

const service = (name: string, spec: string): string =>
  `apiVersion: v1\nkind: Service\nmetadata: {name: ${name}, namespace: shop}\nspec: ${spec}`
const deployment = (name: string, labels: string): string =>
  `apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: ${name}, namespace: shop}\nspec: {replicas: 2, template: {metadata: {labels: ${labels}}, spec: {containers: [{name: a, image: "a:1", ports: [{name: http, containerPort: 80}]}]}}}`
const join = (...objects: readonly string[]): string => objects.join('\n---\n')

const dangling = (selector: string): string => service('other', `{selector: ${selector}, ports: [{port: 80}]}`)
const route = (...names: readonly string[]): string =>
  `apiVersion: gateway.networking.k8s.io/v1\nkind: HTTPRoute\nmetadata: {name: shop, namespace: shop}\nspec: {rules: [${names.map((name) => `{backendRefs: [{name: ${name}, port: 80}]}`).join(', ')}]}`
const agents = (text: string): string =>
  text.replace(/kind: Deployment/u, 'kind: DaemonSet').replace(/ {2}strategy:\n(?: {4}.*\n)+/u, '')
const budget = (spec: string): string =>
  `apiVersion: policy/v1\nkind: PodDisruptionBudget\nmetadata: {name: other, namespace: shop}\nspec: ${spec}`
const scaled = (least: number): string =>
  `apiVersion: keda.sh/v1alpha1\nkind: ScaledObject\nmetadata: {name: shop, namespace: shop}\nspec: {minReplicaCount: ${least}, maxReplicaCount: 9, scaleTargetRef: {name: shop}}`
const proxy = (fields: string): string =>
  manifestWith(
    `kind: Deployment\nspec: {template: {spec: {initContainers: [{name: proxy, image: "proxy:1", restartPolicy: Always, ports: [{name: proxy, containerPort: 9000}], ${fields}}]}}}`,
    'kind: Service\nspec: {ports: [{port: 80, name: http, targetPort: proxy}]}',
  )

const peers = (ip: string): string =>
  join(RIGHT, service('peers', `{clusterIP: ${ip}, selector: {app: shop}, ports: [{port: 2888, targetPort: peer}]}`))
const ofPeers = (selector: string): string =>
  join(
    manifestWith('kind: StatefulSet\nspec: {}'),
    service('peer', `{selector: ${selector}, publishNotReadyAddresses: true}`),
  )

describe('a Service without pods in the input', () => {
  it.each([
    [
      'is an error if a workload without a Service nearly fits',
      join(deployment('api', '{app: api, tier: web}'), dangling('{app: apl, tier: web}')),
      'error: the selector matches no pod in the input: it asks for app=apl, but the pods of Deployment shop/api have app=api',
    ],
    [
      'is an error beside a single workload without a Service',
      join(deployment('api', '{app: api}'), dangling('{app: apl}')),
      'error: the selector matches no pod in the input: it asks for app=apl, but the pods of Deployment shop/api have app=api',
    ],
    [
      'is a warning if the workload that nearly fits has a Service',
      join(RIGHT, dangling('{app: shop, version: v2}'), deployment('v1', '{app: shop, version: v1}')),
      'warning: the selector matches no pod in the input: it asks for version=v2, but the pods of Deployment shop/v1 have version=v1',
    ],
    [
      'is an info if its labels belong to none of them',
      join(RIGHT, dangling('{app: cart}')),
      'info: the selector matches no pod in the input: it asks for app=cart, but the pods of Deployment shop/shop have app=shop',
    ],
    [
      'is a warning if it lacks a label of pods that have a Service',
      join(RIGHT, dangling('{app: shop, tier: web}')),
      'warning: the selector matches no pod in the input: it asks for tier=web, but the pods of Deployment shop/shop have no label tier',
    ],
    [
      'is an info if the program may set the label that is missing',
      join(RIGHT, dangling('{app: shop, active: "true"}')),
      'info: the selector matches no pod in the input: it asks for active=true, but the pods of Deployment shop/shop have no label active',
    ],
  ])('%s', (_, text, message) => expect(found(text, 'service-selects-nothing')).toEqual([message]))
})

describe('an Ingress or a route to a Service that the input does not have', () => {
  const cart = service('cart', '{selector: {app: shop}, ports: [{port: 80}]}')
  it('is an error if a name is similar, or if there is one Service', () => {
    expect(found(join(RIGHT, cart, route('shopp')), 'ingress-backend')).toEqual([
      'error: there is no Service shopp in the input; it has shop, cart: requests get an error',
    ])
    expect(severities(join(RIGHT, route('basket')), 'ingress-backend')).toEqual(['error'])
    expect(severities(join(RIGHT, cart, route('svc-cart')), 'ingress-backend')).toEqual(['error'])
  })

  it('is a warning if the Service is probably in another input', () => {
    expect(severities(join(RIGHT, cart, route('basket')), 'ingress-backend')).toEqual(['warning'])
    // The Service with a similar name is the backend of a route of its own.
    expect(severities(join(RIGHT, cart, route('cart', 'cart-canary')), 'ingress-backend')).toEqual(['warning'])
  })

  it('is one finding for each name, with at most five names of Services', () => {
    expect(found(join(RIGHT, route('basket', 'basket', 'mail')), 'ingress-backend')).toHaveLength(2)
    const many = ['aa', 'bb', 'cc', 'dd', 'ee'].map((name) => cart.replace('name: cart', `name: ${name}`))
    expect(found(join(RIGHT, ...many, route('basket')), 'ingress-backend')[0]).toContain('aa, bb, cc, dd and 1 more')
  })
})

describe('the port to which a Service sends', () => {
  it.each(['0', '""'])('is its own port for targetPort: %s', (port) => {
    expect(found(RIGHT.replace('targetPort: http', `targetPort: ${port}`), 'target-port')).not.toContainEqual(
      expect.stringContaining('between'),
    )
  })

  it('is an info for a headless Service, whose clients choose the port', () => {
    expect(severities(peers('None'), 'target-port')).toEqual(['info'])
    expect(severities(peers('10.0.0.1'), 'target-port')).toEqual(['error'])
  })
})

it('a single pod has one warning, and the time until the next pod is an info', () => {
  const text = manifestWith('kind: Deployment\nspec: {replicas: 1, minReadySeconds: null}')
  expect(severities(text, 'min-ready-seconds')).toEqual(['info'])
  expect(severities(text, 'single-replica')).toEqual(['warning'])
})

it('a Service for each pod of a StatefulSet may publish pods that are not ready', () => {
  expect(severities(ofPeers('{app: shop}'), 'publish-not-ready')).toEqual(['error'])
  expect(severities(ofPeers('{statefulset.kubernetes.io/pod-name: shop-0}'), 'publish-not-ready')).toEqual([])
})

describe('the policy Local for traffic of the own node', () => {
  const local = 'kind: Service\nspec: {internalTrafficPolicy: Local}'
  it('is an info for an agent on each node', () => {
    expect(severities(manifestWith(local), 'external-traffic-local')).toEqual(['warning'])
    expect(severities(agents(manifestWith(local)), 'external-traffic-local')).toEqual(['info'])
  })

  it('has a correction of its own', () => {
    const [finding] = findingsOf(manifestWith(local))
    expect(finding?.instead).toContain('maxSurge: 1')
  })
})

describe('a PodDisruptionBudget', () => {
  it('with two limits is refused', () => {
    const text = manifestWith('kind: PodDisruptionBudget\nspec: {minAvailable: 3, maxUnavailable: 1}')
    expect(findingsOf(text).map(({ rule, severity, message }) => `${severity} ${rule.id}: ${message}`)).toEqual([
      'error pdb-protects-nothing: minAvailable and maxUnavailable are both set: the API server refuses the PodDisruptionBudget',
    ])
  })

  it('without pods is an info if every workload beside it has another one', () => {
    const text = budget('{maxUnavailable: 1, selector: {matchLabels: {app: shop, role: witness}}}')
    expect(severities(join(RIGHT, text), 'pdb-protects-nothing')).toEqual(['info'])
    expect(severities(join(RIGHT, deployment('api', '{app: api}'), text), 'pdb-protects-nothing')).toEqual(['warning'])
  })

  it('of pods without clients is an info', () => {
    const text = join(
      deployment('worker', '{app: worker}'),
      budget('{maxUnavailable: 100%, selector: {matchLabels: {app: worker}}}'),
    )
    expect(severities(text, 'pdb-protects-nothing')).toEqual(['info'])
  })
})

describe('an autoscaler', () => {
  const base = manifestWith('kind: Deployment\nspec: {replicas: null}')

  it('to zero leaves no pod', () => {
    expect(found(join(base, scaled(0)), 'hpa-min-one')).toEqual([
      'warning: minReplicaCount is 0: the service may have no pod, and requests wait for one or fail',
    ])
  })

  it('of a workload that is not in the input, or has no clients there, is an info', () => {
    expect(severities(scaled(0), 'hpa-min-one')).toEqual(['info'])
    expect(severities(join(base.split('---\n')[0] ?? '', scaled(1)), 'hpa-min-one')).toEqual(['info'])
  })
})

it('a Pod has no undo that starts the tag again', () => {
  const pod = 'apiVersion: v1\nkind: Pod\nmetadata: {name: a}\nspec: {containers: [{name: a, image: "a:latest"}]}'
  expect(found(pod, 'mutable-tag')).toEqual(['info: container a runs a:latest: the next start may run another version'])
})

describe('a sidecar, as an init container that always restarts', () => {
  it.each([
    ['no-readiness-probe', 'env: []'],
    ['probe-port', 'readinessProbe: {tcpSocket: {port: web}}'],
    ['slow-readiness', 'readinessProbe: {tcpSocket: {port: proxy}, periodSeconds: 60}'],
    ['eager-liveness', 'readinessProbe: {tcpSocket: {port: proxy}}, livenessProbe: {exec: {}, failureThreshold: 1}'],
    ['surge-without-node', 'readinessProbe: {tcpSocket: {port: proxy}}, ports: [{name: proxy, hostPort: 9000}]'],
  ])('has %s', (rule, fields) => {
    const finding = findingsOf(proxy(fields)).find((each) => each.rule.id === rule)
    expect(finding?.severity).toMatch(/error|warning/u)
  })
})

describe('a Service that only a monitoring system reads', () => {
  const base = manifestWith('kind: Deployment\nspec: {replicas: 1}').split('---\n')[0] ?? ''
  it.each([
    ['[{name: metrics, port: 9090}]', 'info'],
    ['[{name: http-metrics, port: 9090}, {name: tcp-prometheus, port: 9091}]', 'info'],
    ['[{name: metrics, port: 9090}, {name: http, port: 80}]', 'warning'],
    ['[{port: 9090}]', 'warning'],
  ])('with the ports %s makes single-replica %s', (ports, severity) => {
    const text = join(base, service('shop', `{selector: {app: shop}, ports: ${ports}}`))
    expect(severities(text, 'single-replica')).toEqual([severity])
  })
})

describe('a tag beside a placeholder', () => {
  it.each([
    ['${REGISTRY}/shop:latest', 1],
    ['${REGISTRY}/shop', 0],
    ['${REGISTRY}/shop:${TAG}', 0],
    ['${REGISTRY}/shop:v1', 0],
  ])('%s has %i findings', (image, number) => {
    expect(found(RIGHT.replace('registry.example/shop:v1.2.0', image), 'mutable-tag')).toHaveLength(number)
  })
})

it('names no word of a script that is no program', () => {
  const [finding] = findingsOf(
    manifestWith(
      `kind: Deployment\nspec: {template: {spec: {containers: [{name: shop, command: [sh, -c, "a\\n' b"]}]}}}`,
    ),
  )
  expect(finding?.instead).toContain('exec PROGRAM')
})

it('a Service of the type ExternalName needs no port', () => {
  const external = service('outside', '{type: ExternalName, externalName: shop.example}')
  expect(found(join(RIGHT, external, route('outside')), 'ingress-backend')).toEqual([])
})
