import { describe, expect, it } from 'vitest'
import { idsOf, manifestWith } from './fixtures/manifest.ts'
import { container, env, ingress, NO_HOOK } from './fixtures/parts.ts'

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
