import { describe, expect, it } from 'vitest'
import { pathText } from '../../src/doctor/model/values.ts'
import { findingsOf, idsOf, manifestWith } from './fixtures/manifest.ts'
import { container, env, ingress, NLB, NO_HOOK, service } from './fixtures/parts.ts'

type Case = readonly [what: string, parts: readonly string[], rules: readonly string[]]

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

const object = (apiVersion: string, kind: string, spec: string, namespace = 'shop'): string =>
  `apiVersion: ${apiVersion}\nkind: ${kind}\nmetadata:\n  name: shop\n  namespace: ${namespace}\nspec: ${spec}`
const nlbWith = (pairs: string): string => service(`{${NLB}-target-group-attributes: "${pairs}"}`)
const groupWith = (items: string): string =>
  object(
    'gateway.k8s.aws/v1',
    'TargetGroupConfiguration',
    `{targetReference: {name: shop}, defaultConfiguration: {targetGroupAttributes: [${items}]}}`,
  )
const DELAY = 'deregistration_delay.timeout_seconds'
const TERMINATES = 'deregistration_delay.connection_termination.enabled'
const route = (kind: string): string =>
  object(
    'gateway.networking.k8s.io/v1',
    kind,
    '{parentRefs: [{name: front}], rules: [{backendRefs: [{name: shop, port: 80}]}]}',
  )

const drainsAlb = (enabled: string, seconds: number): string =>
  ingress(
    'alb',
    `{alb.ingress.kubernetes.io/connection-drain-enabled: "${enabled}", alb.ingress.kubernetes.io/connection-drain-timeout: "${seconds}"}`,
  )
const CLB = 'service.beta.kubernetes.io/alibaba-cloud-loadbalancer-connection-drain'
const drainsClb = (drain: string, seconds: number): string =>
  service(`{${CLB}: "${drain}", ${CLB}-timeout: "${seconds}"}`)

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
    ['an NLB that cuts nothing', [nlbWith(`${DELAY}=0`)], []],
    ['an NLB that cuts nothing by its attribute', [nlbWith(`${DELAY}=0,${TERMINATES}=false`)], []],
    ['an NLB that cuts at once', [nlbWith(`${DELAY}=0,${TERMINATES}=true`)], ['balancer-drain']],
    ['an NLB that cuts late', [nlbWith(`${TERMINATES}=true, ${DELAY}=60`)], []],
    ['an NLB that cuts after the default time', [nlbWith(`${TERMINATES}=true`)], []],
    [
      'a TargetGroupConfiguration of an ALB',
      [groupWith(`{key: ${DELAY}, value: "0"}`), route('HTTPRoute')],
      ['balancer-drain'],
    ],
    ['a TargetGroupConfiguration of an NLB', [groupWith(`{key: ${DELAY}, value: "0"}`), route('TCPRoute')], []],
    [
      'a TargetGroupConfiguration of an NLB that cuts',
      [groupWith(`{key: ${TERMINATES}, value: "true"}, {key: ${DELAY}, value: "0"}`)],
      ['balancer-drain'],
    ],
    ['a TargetGroupConfiguration with time', [groupWith(`{key: ${DELAY}, value: "30"}`), route('GRPCRoute')], []],
    [
      'an ALB of Alibaba Cloud with less than the drain',
      [drainsAlb('true', 14), times('5000', '20000')],
      ['balancer-drain'],
    ],
    ['an ALB of Alibaba Cloud with the drain', [drainsAlb('true', 15), times('5000', '20000')], []],
    ['an ALB of Alibaba Cloud that cuts nothing', [drainsAlb('false', 0)], []],
    ['a CLB with less than the drain', [drainsClb('on', 14), times('5000', '20000')], ['balancer-drain']],
    ['a CLB with the drain', [drainsClb('on', 15), times('5000', '20000')], []],
    ['a CLB that cuts nothing', [drainsClb('off', 10), times('5000', '20000')], []],
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

const namespace = (labels: string): string =>
  `apiVersion: v1\nkind: Namespace\nmetadata:\n  name: shop\n  labels: ${labels}`
const parameters = (type: string, group = 'elbv2.k8s.aws/v1beta1'): string =>
  object(group, 'IngressClassParams', `{targetType: ${type}}`)
const ingressClass = (controller: string): string =>
  object(
    'networking.k8s.io/v1',
    'IngressClass',
    `{controller: ${controller}, parameters: {kind: IngressClassParams, name: shop}}`,
  )
const albType = (type: string): string => ingress('shop', `{alb.ingress.kubernetes.io/target-type: ${type}}`)
const nlbType = (annotations: string, spec = '{type: LoadBalancer}'): string => service(`{${annotations}}`, spec)
const binding = (spec: string, metadata = ''): string =>
  object('elbv2.k8s.aws/v1beta1', 'TargetGroupBinding', spec).replace('  name: shop\n', `  name: shop\n${metadata}`)
const group = (fields: string): string => object('gateway.k8s.aws/v1', 'TargetGroupConfiguration', fields)

describe('the readiness gate of a load balancer', () => {
  it.each<readonly [what: string, parts: readonly string[], path: string | undefined]>([
    ['an Ingress', [albType('ip')], 'metadata.annotations.alb.ingress.kubernetes.io/target-type'],
    ['an Ingress with nodes', [albType('instance')], undefined],
    ['a class', [ingress('shop'), ingressClass('ingress.k8s.aws/alb'), parameters('ip')], 'spec.ingressClassName'],
    ['a class with nodes', [albType('ip'), ingressClass('ingress.k8s.aws/alb'), parameters('instance')], undefined],
    [
      'a class of EKS Auto Mode',
      [ingress('shop'), ingressClass('eks.amazonaws.com/alb'), parameters('ip', 'eks.amazonaws.com/v1')],
      undefined,
    ],
    ['a Service', [nlbType(`${NLB}-nlb-target-type: ip`)], `metadata.annotations.${NLB}-nlb-target-type`],
    ['a Service of the old type', [nlbType(`${NLB}-type: nlb-ip`)], `metadata.annotations.${NLB}-type`],
    ['a Service with nodes', [nlbType(`${NLB}-type: external, ${NLB}-nlb-target-type: instance`)], undefined],
    ['a Service without a load balancer', [nlbType(`${NLB}-nlb-target-type: ip`, '{}')], undefined],
    [
      'a Service of EKS Auto Mode',
      [nlbType(`${NLB}-nlb-target-type: ip`, '{type: LoadBalancer, loadBalancerClass: eks.amazonaws.com/nlb}')],
      undefined,
    ],
    ['a TargetGroupBinding', [binding('{targetType: ip, serviceRef: {name: shop}}')], 'spec.targetType'],
    ['a TargetGroupBinding with nodes', [binding('{targetType: instance, serviceRef: {name: shop}}')], undefined],
    ['a TargetGroupBinding of another Service', [binding('{targetType: ip, serviceRef: {name: store}}')], undefined],
    [
      'a TargetGroupBinding of the controller',
      [binding('{targetType: ip, serviceRef: {name: shop}}', '  labels: {ingress.k8s.aws/stack-name: shop}\n')],
      undefined,
    ],
    [
      'a TargetGroupConfiguration',
      [group('{targetReference: {name: shop}, defaultConfiguration: {targetType: ip}}')],
      'spec.defaultConfiguration.targetType',
    ],
    [
      'a TargetGroupConfiguration of a Gateway',
      [group('{targetReference: {kind: Gateway, name: shop}, defaultConfiguration: {targetType: ip}}')],
      undefined,
    ],
  ])('%s', (_, parts, path) => {
    const found = (labels: string): readonly string[] =>
      findingsOf(manifestWith(namespace(labels), ...parts)).map((each) => `${each.rule.id} ${pathText(each.path)}`)
    expect(found('{}')).toEqual(path === undefined ? [] : [`no-readiness-gate ${path}`])
    expect(found('{elbv2.k8s.aws/pod-readiness-gate-inject: enabled}')).toEqual([])
  })
})
