import { beforeEach, describe, expect, test } from 'vitest'
import { readWorkloadName } from '../../../../src/targets/kubernetes/workload/kinds.js'
import type { Pod, Workload } from '../../../../src/targets/kubernetes/api/objects.js'
import {
  APPS,
  usageError,
  make,
  owner,
  PODS,
  runningPod,
  sent,
  SERVICES,
  shop,
  start,
  template,
  useShop,
  WAIT,
} from '../../../fixtures/shop.js'

useShop()

const HISTORY = `${APPS}/controllerrevisions`
const named = (text: string): NonNullable<ReturnType<typeof readWorkloadName>> =>
  readWorkloadName(text) ?? expect.fail(text)

const pod = (name: string, hash: string, image: string): object => {
  const made = runningPod(name, hash, image) as { metadata: object }
  return { ...made, metadata: { ...made.metadata, labels: { app: 'shop', 'controller-revision-hash': hash } } }
}

function put(collection: string, generation: number, change: { image: string; status: object; spec?: object }): void {
  shop.api.put(`${APPS}/${collection}`, {
    metadata: { name: 'shop', namespace: 'store', uid: 'set-uid', generation, annotations: { owner: 'me' } },
    spec: { selector: { matchLabels: { app: 'shop' } }, template: template(change.image), ...change.spec },
    status: { observedGeneration: generation, ...change.status },
  })
}

function revision(number: number, image: string, name = `shop-r${number}`, label?: string): void {
  shop.api.put(HISTORY, {
    metadata: {
      name,
      ownerReferences: owner('shop', 'set-uid'),
      labels: { app: 'shop', ...(label === undefined ? {} : { 'controller-revision-hash': label }) },
    },
    revision: number,
    data: { spec: { template: { ...template(image), $patch: 'replace' } } },
  })
}

const statefulSet = (generation: number, image: string, status: object): void =>
  put('statefulsets', generation, { image, status, spec: { replicas: 2 } })

const counts = (updated: number, updateRevision: string): object => ({
  replicas: 2,
  updatedReplicas: updated,
  availableReplicas: 2,
  updateRevision,
})

const daemonCounts = (updated: number): object => ({
  desiredNumberScheduled: 2,
  currentNumberScheduled: 2,
  updatedNumberScheduled: updated,
  numberAvailable: 2,
})

const now = (): Workload => shop.api.get<Workload>(`${APPS}/statefulsets`, 'shop') ?? expect.fail('no StatefulSet')

const twin = (): Workload | undefined => shop.api.get<Workload>(`${APPS}/statefulsets`, 'shop-zero-drop-twin')

beforeEach(() => {
  for (const name of ['shop-2-a', 'shop-2-b']) shop.api.remove(PODS, name)
})

describe('a StatefulSet', () => {
  const workload = named('sts/shop')

  beforeEach(() => {
    revision(1, 'shop:v1')
    revision(2, 'shop:v2')
    statefulSet(4, 'shop:v2', counts(2, 'shop-r2'))
    for (const name of ['shop-0', 'shop-1']) shop.api.put(PODS, pod(name, 'shop-r2', 'shop:v2'))
  })

  test('replaces each pod under the same name', async () => {
    const run = make({ workload })
    await start(run)
    const rolling = run.target.rollout(new AbortController().signal)
    await sent(1)
    revision(3, 'shop:v3')
    for (const name of ['shop-1', 'shop-0']) {
      const old = shop.api.get<Pod>(PODS, name)
      shop.api.put(PODS, { ...old, metadata: { ...old?.metadata, deletionTimestamp: 'now' } })
      shop.api.remove(PODS, name)
      shop.api.put(PODS, pod(name, 'shop-r3', 'shop:v3'))
    }
    statefulSet(5, 'shop:v3', counts(2, 'shop-r3'))
    expect(await rolling).toEqual({ status: 'finished' })
    const about = run.events.flatMap((event) => ('pod' in event && event.pod === 'shop-1' ? event.type : []))
    expect(about.filter((type) => !type.startsWith('endpoint'))).toEqual([
      'pod-created',
      'pod-ready',
      'pod-terminating',
      'pod-gone',
      'pod-created',
      'pod-ready',
    ])
  })

  test('undo replaces the whole template by that of a ControllerRevision', async () => {
    expect(await usageError({ workload, scenario: 'undo', values: { 'to-revision': 9 } })).toBe(
      'StatefulSet shop has no revision 9: choose one with --to-revision; there are: 1, 2',
    )
    const run = make({ workload, scenario: 'undo', values: { 'to-revision': 1 } })
    await start(run)
    const abort = new AbortController()
    const rolling = run.target.rollout(abort.signal)
    await sent(1)
    expect(now().spec.template).toEqual(template('shop:v1'))
    abort.abort()
    await rolling
  })

  test('restoring deletes a pod that cannot start, and restores the history', async () => {
    const run = make({ workload })
    await start(run)
    const abort = new AbortController()
    const rolling = run.target.rollout(abort.signal)
    await sent(1)
    revision(3, 'shop:v3')
    statefulSet(5, 'shop:v3', counts(0, 'shop-r3'))
    const stuck = pod('shop-1', 'shop-r3', 'shop:v3') as { status: object }
    shop.api.remove(PODS, 'shop-1')
    shop.api.put(PODS, { ...stuck, status: { phase: 'Pending' } })
    abort.abort()
    await rolling
    const restoring = run.target.restore({ kept: false })
    await sent(2)
    statefulSet(now().metadata.generation ?? 0, 'shop:v2', counts(1, 'shop-r2'))
    revision(4, 'shop:v2', 'shop-r2')
    await expect.poll(() => shop.api.get<Pod>(PODS, 'shop-1')?.metadata.deletionTimestamp, WAIT).toBeDefined()
    shop.api.remove(PODS, 'shop-1')
    shop.api.put(PODS, pod('shop-1', 'shop-r2', 'shop:v2'))
    statefulSet(now().metadata.generation ?? 0, 'shop:v2', counts(2, 'shop-r2'))
    expect(await restoring).toBeUndefined()
    expect(shop.api.get(HISTORY, 'shop-r3')).toBeUndefined()
    expect(shop.api.get<{ revision: number }>(HISTORY, 'shop-r2')?.revision).toBe(2)
  })

  test('the twin claims no volumes', async () => {
    const spec = { replicas: 2, serviceName: 'shop', volumeClaimTemplates: [{ metadata: { name: 'data' } }] }
    put('statefulsets', 4, { image: 'shop:v2', status: counts(2, 'shop-r2'), spec })
    const run = make({ workload, twin: { command: ['naive'] } })
    const starting = start(run).catch((error: unknown) => error)
    await expect.poll(twin, WAIT).toBeDefined()
    expect(twin()?.spec).not.toHaveProperty('volumeClaimTemplates')
    expect(twin()?.spec).toMatchObject({
      serviceName: 'shop-zero-drop-twin',
      template: { spec: { volumes: [{ name: 'data', emptyDir: {} }] } },
    })
    await expect.poll(() => shop.api.get(SERVICES, 'shop-zero-drop-twin'), WAIT).toBeDefined()
    expect(await run.target.restore({ kept: false })).toBeUndefined()
    await starting
    expect(twin()).toBeUndefined()
  })

  test('update strategies that roll nothing, or only some pods, are refused', async () => {
    const updateStrategy = { type: 'OnDelete' }
    put('statefulsets', 4, { image: 'shop:v2', status: counts(2, 'shop-r2'), spec: { replicas: 2, updateStrategy } })
    expect(await usageError({ workload })).toBe(
      'StatefulSet shop has updateStrategy OnDelete, so a change rolls nothing: set it to RollingUpdate',
    )
    const half = { type: 'RollingUpdate', rollingUpdate: { partition: 1 } }
    put('statefulsets', 4, {
      image: 'shop:v2',
      status: counts(2, 'shop-r2'),
      spec: { replicas: 2, updateStrategy: half },
    })
    expect(await usageError({ workload })).toBe(
      'StatefulSet shop has the partition 1, so some pods would keep the old version: set the partition to 0',
    )
  })
})

describe('a DaemonSet', () => {
  const workload = named('daemonset/shop')

  beforeEach(() => {
    revision(1, 'shop:v2', 'shop-r1', 'h1')
    put('daemonsets', 4, { image: 'shop:v2', status: daemonCounts(2) })
    for (const name of ['shop-x', 'shop-y']) shop.api.put(PODS, pod(name, 'h1', 'shop:v2'))
  })

  test('follows the rollout to the last pod of the old revision', async () => {
    const run = make({ workload })
    await start(run)
    const rolling = run.target.rollout(new AbortController().signal)
    await sent(1)
    const details = (): string[] =>
      run.events.flatMap((event) => (event.type === 'rollout-progress' ? event.detail : []))
    // The status can be seen before the ControllerRevision.
    put('daemonsets', 5, { image: 'shop:v3', status: daemonCounts(2) })
    await expect.poll(() => details().at(-1), WAIT).toBe('the change is not yet observed')
    revision(2, 'shop:v3', 'shop-r2', 'h2')
    await expect.poll(() => details().at(-1), WAIT).toBe('2 old pods are terminating')
    for (const name of ['shop-x', 'shop-y']) shop.api.remove(PODS, name)
    for (const name of ['shop-v', 'shop-w']) shop.api.put(PODS, pod(name, 'h2', 'shop:v3'))
    expect(await rolling).toEqual({ status: 'finished' })
  })

  test('scenarios that need replicas are refused', async () => {
    for (const scenario of ['scale-down', 'drain-node', 'liveness-restart'] as const) {
      // oxlint-disable-next-line no-await-in-loop -- one after the other
      expect(await usageError({ workload, scenario })).toMatch(
        /^DaemonSet shop (?:has a pod on each node|would adopt and delete a pod)/u,
      )
    }
  })
})

test('KIND/NAME is read as kubectl does', () => {
  for (const text of ['deployment/a', 'deploy/a', 'deployments/a', 'Deployment/a'])
    expect(named(text).kind.name).toBe('Deployment')
  expect(['a', 'pod/a', 'sts/', 'sts/a/b', ''].map(readWorkloadName)).toEqual(Array(5).fill(undefined))
})
