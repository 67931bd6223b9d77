import { describe, expect, it } from 'vitest'
import { findingsOf, idsOf, manifestWith, RIGHT } from './fixtures/manifest.ts'

/** What public manifests have, and what is no mistake there. */
const finding = (text: string, rule: string) => findingsOf(text).filter((each) => each.rule.id === rule)

const service = (selector: string): string =>
  `apiVersion: v1\nkind: Service\nmetadata: {name: other, namespace: shop}\nspec:\n  selector: ${selector}\n  ports: [{port: 80, targetPort: http}]`
const custom = (apiVersion: string, kind: string, labels: string, spec: string): string =>
  `apiVersion: ${apiVersion}\nkind: ${kind}\nmetadata: {name: store, namespace: shop, labels: ${labels}}\nspec: ${spec}`

const claim = (mode: string): string =>
  `apiVersion: v1\nkind: PersistentVolumeClaim\nmetadata: {name: data, namespace: shop}\nspec: {accessModes: [${mode}]}`
const mounted = (fields: string): string =>
  manifestWith(
    `kind: Deployment\nspec:\n  ${fields}\n  template:\n    spec:\n      volumes: [{name: data, persistentVolumeClaim: {claimName: data}}]`,
  )
const scaler = (kind: string): string =>
  `apiVersion: autoscaling/v2\nkind: HorizontalPodAutoscaler\nmetadata: {name: store, namespace: shop}\nspec: {minReplicas: 3, maxReplicas: 9, scaleTargetRef: {kind: ${kind}, name: store}}`

describe('a value that a later tool fills in', () => {
  it.each([
    ['replicas: 3', 'replicas: ${REPLICAS}'],
    ['replicas: 3', 'replicas: ${replicas:=2}'],
    ['targetPort: http', 'targetPort: ${A_LONG_NAME_OF_A_PORT:-9002}'],
    ['terminationGracePeriodSeconds: 60', 'terminationGracePeriodSeconds: ${GRACE}'],
    ['registry.example/shop:v1.2.0', '${IMAGE}'],
    ['registry.example/shop:v1.2.0', '$IMAGE'],
    ['registry.example/shop:v1.2.0', '$(IMAGE)'],
    ['registry.example/shop:v1.2.0', 'registry.example/shop:${TAG}'],
    ['registry.example/shop:v1.2.0', 'ko://example.com/cmd/shop'],
  ])('%s as %s is no mistake', (from, to) => {
    const text = RIGHT.replace(from, to)
    expect(text).not.toBe(RIGHT)
    expect(findingsOf(text)).toEqual([])
  })
})

describe('a Service selects pods that the input does not name', () => {
  it.each([
    [
      'the pods of a Job',
      '{job-name: import}',
      'apiVersion: batch/v1\nkind: Job\nmetadata: {name: import, namespace: shop}\nspec: {template: {spec: {containers: [{name: a, image: "a:1"}]}}}',
    ],
    [
      'those of an operator, by their labels',
      '{app: shop-store, part: x}',
      custom('monitoring.example/v1', 'Store', '{app: shop-store, part: x}', '{replicas: 2}'),
    ],
    [
      'those of an operator, by its name',
      '{store.example/cluster: store}',
      custom('store.example/v1', 'Cluster', '{}', '{server: {replicas: 3}}'),
    ],
  ])('%s', (_, selector, object) => {
    expect(idsOf(`${RIGHT}---\n${service(selector)}\n---\n${object}`).filter((id) => id !== 'target-port')).toEqual([])
  })

  it('one pod of a StatefulSet', () => {
    const set = manifestWith('kind: StatefulSet\nspec: {}')
    expect(idsOf(`${set}---\n${service('{app: shop, statefulset.kubernetes.io/pod-name: shop-0}')}`)).toEqual(
      idsOf(set),
    )
  })

  it('but a resource that only describes the Service makes no pods', () => {
    const monitor = custom('monitoring.coreos.com/v1', 'ServiceMonitor', '{app: shop-2}', '{endpoints: [{port: http}]}')
    expect(idsOf(`${RIGHT}---\n${service('{app: shop-2}')}\n---\n${monitor}`)).toEqual(['service-selects-nothing'])
  })
})

describe('a volume that only one node can mount', () => {
  it.each([
    ['recreate', 'strategy: {type: Recreate, rollingUpdate: null}'],
    ['single-replica', 'replicas: 1'],
    ['max-unavailable', 'strategy: {rollingUpdate: {maxUnavailable: 3}}'],
  ])('%s has no correction that makes a second pod wait for ever', (rule, fields) => {
    const [problem] = finding(`${mounted(fields)}---\n${claim('ReadWriteOnce')}`, rule)
    expect(problem?.edits).toEqual([])
    expect(problem?.instead).toContain('ReadWriteMany')
    expect(finding(`${mounted(fields)}---\n${claim('ReadWriteMany')}`, rule)[0]?.edits).not.toEqual([])
  })
})

describe('an autoscaler', () => {
  it('can scale a custom resource', () => {
    const text = `${RIGHT}---\n${scaler('Store')}`
    expect(idsOf(text)).toEqual(['hpa-target'])
    expect(idsOf(`${text}\n---\n${custom('store.example/v1', 'Store', '{}', '{}')}`)).toEqual([])
  })

  it('does not belong to a CronJob beside it', () => {
    const job = 'apiVersion: batch/v1\nkind: CronJob\nmetadata: {name: a, namespace: shop}\nspec: {}'
    expect(idsOf(`${job}\n---\n${scaler('Deployment')}`)).toEqual([])
  })
})

it('one port that a container does not declare is one finding', () => {
  const port = 'httpGet: {port: 9090}'
  const text = manifestWith(
    `kind: Deployment\nspec: {template: {spec: {containers: [{name: shop, startupProbe: {${port}}, readinessProbe: {${port}}, livenessProbe: {${port}}}]}}}`,
  )
  expect(finding(text, 'probe-port')).toHaveLength(1)
})

it('the tag of an init container counts', () => {
  const text = manifestWith(
    'kind: Deployment\nspec: {template: {spec: {initContainers: [{name: migrate, image: "migrate:latest"}]}}}',
  )
  expect(finding(text, 'mutable-tag').map(({ message }) => message)).toEqual([
    expect.stringContaining('migrate:latest'),
  ])
})
