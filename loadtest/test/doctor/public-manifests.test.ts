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

const autoscaler = (most: number): string =>
  `apiVersion: autoscaling/v2\nkind: HorizontalPodAutoscaler\nmetadata: {name: shop, namespace: shop}\nspec: {maxReplicas: ${most}, scaleTargetRef: {kind: Deployment, name: shop}}`

/** What single-replica finds in an object behind a Service. */
const found = (head: string): string[] =>
  finding(`${head}\n---\n${service('{app: shop}')}`, 'single-replica').map(({ message }) => message)

describe('a value that a later tool fills in', () => {
  it.each([
    ['replicas: 3', 'replicas: ${REPLICAS}'],
    ['replicas: 3', 'replicas: ${replicas:=2}'],
    ['targetPort: http', 'targetPort: ${A_LONG_NAME_OF_A_PORT:-9002}'],
    ['terminationGracePeriodSeconds: 60', 'terminationGracePeriodSeconds: ${GRACE}'],
    ['registry.example/shop:v1.2.0', '${IMAGE}'],
    ['registry.example/shop:v1.2.0', '$IMAGE'],
    ['registry.example/shop:v1.2.0', '"<image_url>"'],
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

  it('but a DeploymentConfig makes only the pods of its template', () => {
    const config = custom('apps.openshift.io/v1', 'DeploymentConfig', '{app: shop-2}', '{replicas: 2}')
    expect(idsOf(`${RIGHT}---\n${service('{app: shop-2}')}\n---\n${config}`)).toContain('service-selects-nothing')
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

describe('a correction that the API server or another rule refuses', () => {
  it.each([
    [10, [3]],
    [2, [2]],
    [1, []],
  ])('has minReplicas of at most maxReplicas %i', (most, values) => {
    const [problem] = finding(manifestWith('kind: Deployment\nspec: {replicas: null}', autoscaler(most)), 'hpa-min-one')
    expect(problem?.edits.map(({ value }) => value)).toEqual(values)
  })

  it('adds no template to a Rollout whose pods are those of another object', () => {
    const rollout =
      'apiVersion: argoproj.io/v1alpha1\nkind: Rollout\nmetadata: {name: a}\nspec: {replicas: 3, workloadRef: {name: shop}}'
    expect(finding(rollout, 'no-spread')).toEqual([])
  })

  it('starts no second pod that needs the same port of the node', () => {
    const text = manifestWith(
      'kind: Deployment\nspec: {strategy: {type: Recreate, rollingUpdate: null}, template: {spec: {hostNetwork: true}}}',
    )
    expect(finding(text, 'recreate')).toMatchObject([
      { edits: [], instead: expect.stringContaining('maxSurge: 0') as unknown },
    ])
  })
})

describe('pods without a rollout', () => {
  const pod =
    'metadata: {labels: {app: shop}}\nspec: {containers: [{name: a, image: "a:1", readinessProbe: {tcpSocket: {port: 80}}, ports: [{name: http, containerPort: 80}]}]}'
  const controller = (replicas: number): string =>
    `apiVersion: apps/v1\nkind: ReplicaSet\nmetadata: {name: a, namespace: shop}\nspec:\n  replicas: ${replicas}\n  template: ${pod.replaceAll('\n', '\n    ').replace('metadata', '\n    metadata')}`
  it('are a single point of failure behind a Service', () => {
    const single = `apiVersion: v1\nkind: Pod\n${pod}`
    expect(found(single)).toEqual([expect.stringContaining('no controller')])
    expect(found(single.replace('{labels', '{ownerReferences: [{kind: ReplicaSet}], labels'))).toEqual([])
    expect(found(controller(1))).toEqual([expect.stringContaining('replicas is 1')])
    expect(found(controller(2))).toEqual([])
    expect(idsOf(single)).not.toContain('single-replica')
  })
})
