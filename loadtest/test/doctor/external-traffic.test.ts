import { describe, expect, it } from 'vitest'
import { findingsOf, idsOf, manifestWith } from './fixtures/manifest.ts'
import { container, env, NLB, NO_HOOK, service } from './fixtures/parts.ts'

type Case = readonly [what: string, parts: readonly string[], rules: readonly string[]]

const CHECK = `${NLB}-healthcheck`
const KEEPS = `${NLB}-target-group-attributes: "target_health_state.unhealthy.connection_termination.enabled=false"`
const local = (annotations: string, fields = '', keeps = KEEPS): string =>
  service(
    `{${[annotations, keeps].filter(Boolean).join(', ')}}`,
    `{type: LoadBalancer, externalTrafficPolicy: Local${fields}}`,
  )
const probe = (periodSeconds: number, failureThreshold: number): string =>
  `readinessProbe: {periodSeconds: ${periodSeconds}, failureThreshold: ${failureThreshold}}`
const serves = (delay: string, readiness: string): string =>
  container(`${env({ GRACEFUL_SHUTDOWN_DELAY: delay, GRACEFUL_TIMEOUT: '50000' })}\n${readiness}\n${NO_HOOK}`)
const sleeps = (seconds: number): string => container(`lifecycle: {preStop: {sleep: {seconds: ${seconds}}}}`)

describe('the health check of a load balancer that sends to nodes', () => {
  it.each<Case>([
    ['an unknown one', [local(''), sleeps(40)], ['external-traffic-local']],
    [
      'one that the pod outlasts',
      [local(`${CHECK}-interval: "10", ${CHECK}-unhealthy-threshold: "2"`), sleeps(20)],
      [],
    ],
    [
      'one that lasts longer than the pod',
      [local(`${CHECK}-interval: "10", ${CHECK}-unhealthy-threshold: "2"`), sleeps(19)],
      ['external-traffic-local'],
    ],
    ['a part of one', [local(`${CHECK}-interval: "10"`), sleeps(40)], ['external-traffic-local']],
    ['the default of the controller', [local(`${NLB}-type: external`), sleeps(30)], []],
    [
      'more than the default of the controller',
      [local(`${NLB}-type: external, ${CHECK}-interval: "15"`), sleeps(30)],
      ['external-traffic-local'],
    ],
    ['the default of the class', [local('', ', loadBalancerClass: service.k8s.aws/nlb'), sleeps(30)], []],
    ['a delay and a late readiness probe', [local(`${NLB}-type: external`), serves('30000', probe(10, 4))], []],
    [
      'a delay and an early readiness probe',
      [local(`${NLB}-type: external`), serves('30000', probe(10, 3))],
      ['external-traffic-local'],
    ],
    [
      'an adaptive delay',
      [local(`${NLB}-type: external`), serves('2000-15000-40000', probe(10, 4))],
      ['external-traffic-local'],
    ],
    ['an NLB that sends to pods', [local(`${NLB}-type: external, ${NLB}-nlb-target-type: ip`)], []],
  ])('%s', (_, parts, rules) => {
    expect(idsOf(manifestWith(...parts)).filter((id) => id === 'external-traffic-local')).toEqual(rules)
  })

  it('has its time in the finding', () => {
    const [finding] = findingsOf(manifestWith(local(`${NLB}-type: external, ${CHECK}-interval: "5"`), sleeps(10)))
    expect(finding?.message).toBe(
      'externalTrafficPolicy is Local: a node whose last pod ends drops the connections that still arrive there until the health check has failed, 15 s later',
    )
    expect(finding?.instead).toMatch(
      /; or a preStop sleep of 15 s, or a delay and a readiness probe that last as long, with target_health_state\.unhealthy\.connection_termination\.enabled=false among the attributes of the target group$/u,
    )
  })

  it.each(['', KEEPS.replace('false', 'true')])('cuts the open connections of a pod that outlasts it: %s', (keeps) => {
    const [finding] = findingsOf(manifestWith(local(`${NLB}-type: external`, '', keeps), sleeps(30)))
    expect(finding?.message).toBe(
      'externalTrafficPolicy is Local: the NLB cuts the open connections to a node 30 s after its last pod begins to end',
    )
  })
})
