import { describe, expect, test } from 'vitest'
import { chooseScenario } from '../../../src/scenarios/index.ts'
import type { TargetEvent } from '../../../src/targets/target.ts'
import {
  usageError,
  get,
  make,
  manifestsWith,
  names,
  ofType,
  roll,
  start,
  versions,
} from '../../fixtures/local-target.ts'

/** Returns the events of pods, in order. */
function course(events: readonly TargetEvent[]): string[] {
  const types = new Set(['pod-created', 'pod-terminating', 'pod-killed', 'container-ended', 'pod-gone'])
  return events.filter(({ type }) => types.has(type)).map(({ type }) => type)
}

const podsOf = (events: readonly TargetEvent[], type: 'pod-terminating' | 'pod-gone' | 'pod-ready'): string[] =>
  ofType(events, type).map(({ pod }) => pod)

describe.concurrent('scenarios that replace pods', () => {
  test('scale-down starts a pod only after the surplus pod is gone', async (context) => {
    const run = make(context, { scenario: chooseScenario('scale-down') })
    await start(run)
    expect(run.target.description).toMatch(/: scale-down to 2 of 3 and up again of v1$/u)
    const began = run.events.length
    expect(await roll(run)).toEqual({ status: 'finished' })
    expect(course(run.events.slice(began))).toEqual(['pod-terminating', 'pod-gone', 'pod-created'])
    expect(versions(run)).toEqual(['v1', 'v1', 'v1', 'v1'])
    // The new pod is ready, and every load balancer has its endpoint.
    const added = ofType(run.events, 'endpoint-added').filter(({ pod }) => pod === names(run)[3])
    expect(new Set(added.map(({ through }) => through))).toEqual(new Set([undefined, ...run.target.urls]))
  })

  test('scale-down leaves the number of pods from --scale-to', async (context) => {
    const run = make(context, { scenario: chooseScenario('scale-down', { 'scale-to': 1 }) })
    await start(run)
    expect(await roll(run)).toEqual({ status: 'finished' })
    expect(podsOf(run.events, 'pod-terminating').length).toBe(2)
    expect(versions(run).length).toBe(5)
  })

  test('delete-pod starts the replacement at once, while the deleted pod still drains', async (context) => {
    const run = make(context, { scenario: chooseScenario('delete-pod', { pods: 2 }), env: { DRAIN_MS: '2000' } })
    await start(run)
    const began = run.events.length
    expect(await roll(run)).toEqual({ status: 'finished' })
    expect(course(run.events.slice(began))).toEqual([
      'pod-terminating',
      'pod-terminating',
      'pod-created',
      'pod-created',
      'pod-gone',
      'pod-gone',
    ])
    expect(podsOf(run.events, 'pod-gone').toSorted()).toEqual(names(run).slice(0, 2).toSorted())
  })

  test('drain-node evicts the pods of one node as the budget allows, and replacements start on other nodes', async (context) => {
    // Two nodes for three pods: one node has two of them.
    const manifests = manifestsWith(context, { 'apiVersion: v1\nkind: Service': BUDGET, '- name: POD_NAME': NODE_NAME })
    const run = make(context, { scenario: chooseScenario('drain-node'), manifests, balancers: 2 })
    await start(run)
    const began = run.events.length
    expect(await roll(run)).toEqual({ status: 'finished' })
    const events = run.events.slice(began)
    expect(ofType(events, 'rollout-progress')[0]?.detail).toBe('cordoned node-1 with 2 pods')
    expect(podsOf(events, 'pod-terminating').length).toBe(2)
    // The second eviction is refused until the first replacement is ready.
    const order = events
      .filter(({ type }) => type === 'pod-terminating' || type === 'pod-ready')
      .map(({ type }) => type)
    expect(order).toEqual(['pod-terminating', 'pod-ready', 'pod-terminating', 'pod-ready'])
    expect(run.output.filter((line) => line.includes('runs on node-2')).length).toBe(3)
  })

  test('drain-node without a budget evicts all pods of the node at once', async (context) => {
    const run = make(context, { scenario: chooseScenario('drain-node'), balancers: 2 })
    await start(run)
    const began = run.events.length
    expect(await roll(run)).toEqual({ status: 'finished' })
    expect(course(run.events.slice(began)).slice(0, 3)).toEqual(['pod-terminating', 'pod-terminating', 'pod-created'])
  })

  test('slow-readiness deletes no old pod before a new one is ready', async (context) => {
    const run = make(context, {
      scenario: chooseScenario('slow-readiness', { 'ready-after': 3 }),
      manifests: manifestsWith(context, { 'replicas: 3': 'replicas: 1' }),
    })
    await start(run)
    const began = run.events.length
    expect(await roll(run)).toEqual({ status: 'finished' })
    const events = run.events.slice(began)
    const [created] = ofType(events, 'pod-created')
    const [ready] = ofType(events, 'pod-ready')
    expect((ready?.at ?? 0) - (created?.at ?? Infinity)).toBeGreaterThanOrEqual(3_000)
    expect(course(events)).toEqual(['pod-created', 'pod-terminating', 'pod-gone'])
    expect(events.findIndex(({ type }) => type === 'pod-ready')).toBeLessThan(
      events.findIndex(({ type }) => type === 'pod-terminating'),
    )
  })

  test('slow-propagation ends the rollout after every load balancer has applied its changes', async (context) => {
    const run = make(context, {
      scenario: chooseScenario('slow-propagation', { 'propagation-seconds': 6 }),
      manifests: manifestsWith(context, { 'replicas: 3': 'replicas: 1' }),
    })
    await start(run)
    expect(await roll(run)).toEqual({ status: 'finished' })
    const [gone] = podsOf(run.events, 'pod-gone')
    const last = run.events.findLastIndex((event) => event.type === 'endpoint-removed' && event.pod === gone)
    // With this seed at least one balancer applies the change after the pod is gone: delays are up to 6 s, and the pod drains for 0.3 s.
    expect(last).toBeGreaterThan(run.events.findIndex(({ type }) => type === 'pod-gone'))
    expect(last).toBeLessThan(run.events.findIndex(({ type }) => type === 'rollout-finished'))
    expect((await get(run.target.urls[0] ?? '')).version).toBe('v2')
  })
})

describe.concurrent('scenarios whose rollout fails', () => {
  test.for([
    ['unpullable-image', /^v2 does not start: .+cannot start .+: ENOENT/u],
    ['crashing-image', /^v2 does not start: .+ended 2 times \(exit code 1\); its last output: .*crashes at its start/u],
  ] as const)('%s sends no SIGTERM to a serving pod, and undoes the rollout', async ([name, reason], context) => {
    const run = make(context, { scenario: chooseScenario(name) })
    await start(run)
    const serving = names(run)
    const began = run.events.length
    expect(await roll(run)).toMatchObject({
      status: 'failed',
      reason: expect.stringMatching(reason) as string,
      undone: true,
    })
    const events = run.events.slice(began)
    expect(ofType(events, 'rollout-failed').length).toBe(1)
    const [broken] = ofType(events, 'pod-created').map(({ pod }) => pod)
    expect(podsOf(events, 'pod-terminating')).toEqual([broken])
    expect(podsOf(events, 'pod-gone')).toEqual([broken])
    expect(podsOf(events, 'pod-ready')).toEqual([])
    expect(events.filter((event) => event.type === 'endpoint-removed')).toEqual([])
    expect(serving).not.toContain(broken)
    expect((await get(run.target.urls[0] ?? '')).version).toBe('v1')
  })
})

test.concurrent('kill sends SIGKILL without SIGTERM, and the same pod starts again', async (context) => {
  const run = make(context, { scenario: chooseScenario('kill') })
  await start(run)
  const [victim] = names(run)
  const began = run.events.length
  expect(await roll(run)).toEqual({ status: 'finished' })
  const events = run.events.slice(began)
  expect(course(events)).toEqual(['pod-killed', 'container-ended'])
  expect(ofType(events, 'container-ended')[0]).toMatchObject({ pod: victim, exitCode: 137 })
  expect(podsOf(events, 'pod-ready')).toEqual([victim])
  expect(run.output.filter((line) => line.includes('SIGTERM'))).toEqual([])
})

describe.concurrent('scenarios that are impossible', () => {
  test.for([
    ['scale-down', { 'scale-to': 3 }, 'Deployment shop has 3 replicas: give --scale-to a smaller number'],
    ['delete-pod', { pods: 4 }, 'Deployment shop has 3 pods, so 4 cannot be deleted: give --pods a smaller number'],
  ] as const)('%s %j', async ([name, values, expected], context) => {
    expect(await usageError(make(context, { scenario: chooseScenario(name, values) }))).toBe(expected)
  })

  test('with one replica or one node', async (context) => {
    const one = manifestsWith(context, { 'replicas: 3': 'replicas: 1' })
    expect(await usageError(make(context, { scenario: chooseScenario('scale-down'), manifests: one }))).toBe(
      `${one}:7: Deployment shop: spec.replicas is 1, but scaling down needs 2 or more: raise it, or give --replicas`,
    )
    expect(await usageError(make(context, { scenario: chooseScenario('drain-node'), balancers: 1 }))).toBe(
      'a drain needs 2 or more nodes: give --nodes a larger number',
    )
  })
})

const NODE_NAME = `- name: NODE_NAME
              valueFrom: { fieldRef: { fieldPath: spec.nodeName } }
            - name: POD_NAME`

const BUDGET = `apiVersion: policy/v1
kind: PodDisruptionBudget
metadata: { name: shop, namespace: store }
spec:
  maxUnavailable: 1
  selector: { matchLabels: { app: shop } }
---
apiVersion: v1
kind: Service`
