import { describe, expect, it } from 'vitest'
import { findingsOf, manifestWith } from './fixtures/manifest.ts'

const severities = (text: string, rule: string): string[] =>
  findingsOf(text)
    .filter((each) => each.rule.id === rule)
    .map(({ severity }) => severity)
const join = (...objects: readonly string[]): string => objects.join('\n---\n')
const rollout = (replicas: number): string =>
  `apiVersion: argoproj.io/v1alpha1\nkind: Rollout\nmetadata: {name: shop, namespace: shop}\nspec: {replicas: ${replicas}, minReadySeconds: 10, selector: {matchLabels: {app: shop}}, workloadRef: {apiVersion: apps/v1, kind: Deployment, name: shop}, strategy: {canary: {maxUnavailable: 0}}}`
const scaler = (least: number): string =>
  `apiVersion: http.keda.sh/v1alpha1\nkind: HTTPScaledObject\nmetadata: {name: shop, namespace: shop}\nspec: {scaleTargetRef: {name: shop, kind: Deployment}, replicas: {min: ${least}, max: 9}}`

describe('a Deployment whose template a Rollout takes', () => {
  const base = manifestWith(
    'kind: Deployment\nspec: {replicas: 1, minReadySeconds: null, strategy: {type: Recreate, rollingUpdate: null}}',
  )

  it('has the pods and the strategy of the Rollout', () => {
    expect(findingsOf(join(base, rollout(3)))).toEqual([])
    expect(findingsOf(join(base, rollout(1))).map(({ object, rule }) => `${object} ${rule.id}`)).toContain(
      'Rollout shop/shop single-replica',
    )
  })

  it('counts once for a PodDisruptionBudget', () => {
    const text = base.replace('maxUnavailable: 1', 'minAvailable: 3')
    expect(text).not.toBe(base)
    expect(severities(join(text, rollout(3)), 'pdb-blocks-drain')).toEqual(['warning'])
  })
})

it('an HTTPScaledObject sets the number of pods', () => {
  const base = manifestWith('kind: Deployment\nspec: {replicas: null}')
  expect(severities(base, 'single-replica')).toEqual(['warning'])
  expect(severities(join(base, scaler(2)), 'single-replica')).toEqual([])
})

it('a single pod of an autoscaler has one warning, and the time until the next pod is an info', () => {
  const text = manifestWith(
    'kind: Deployment\nspec: {replicas: null, minReadySeconds: null}',
    'apiVersion: autoscaling/v2\nkind: HorizontalPodAutoscaler\nmetadata: {name: shop, namespace: shop}\nspec: {minReplicas: 1, maxReplicas: 9, scaleTargetRef: {kind: Deployment, name: shop}}',
  )
  expect(severities(text, 'min-ready-seconds')).toEqual(['info'])
  expect(severities(text, 'hpa-min-one')).toEqual(['warning'])
})
