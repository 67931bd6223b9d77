import { expect, test } from 'vitest'
import { count } from '../../../fixtures/controller.js'
import {
  current,
  DEPLOYMENTS,
  make,
  owner,
  patches,
  PODS,
  REPLICA_SETS,
  sent,
  shop,
  start,
  template,
  useShop,
  WAIT,
  type Run,
} from '../../../fixtures/shop.js'

useShop()

const REVISION = 'deployment.kubernetes.io/revision'

/** Plays the controllers for a version that cannot start: one new pod waits, and the old pods stay. */
function fail(image: string): void {
  shop.api.put(REPLICA_SETS, {
    metadata: {
      name: 'shop-3',
      ownerReferences: owner('shop', 'shop-uid'),
      labels: { app: 'shop', 'pod-template-hash': '3' },
      annotations: { [REVISION]: '3' },
    },
    spec: { template: template(image, '3') },
  })
  const waiting = { reason: 'InvalidImageName', message: 'no' }
  shop.api.put(PODS, {
    metadata: { name: 'shop-3-a', labels: { app: 'shop', 'pod-template-hash': '3' } },
    spec: template(image).spec,
    status: {
      phase: 'Pending',
      containerStatuses: [{ name: 'web', ready: false, restartCount: 0, state: { waiting } }],
    },
  })
  const { generation } = current().metadata
  shop.api.put(DEPLOYMENTS, {
    ...current(),
    metadata: { ...current().metadata, annotations: { ...current().metadata.annotations, [REVISION]: '3' } },
    status: { observedGeneration: generation, replicas: 3, updatedReplicas: 1, readyReplicas: 2, availableReplicas: 2 },
  })
}

/** Plays the controllers after the undo: the waiting pod is gone, and the old ReplicaSet has the newest number. */
function undone(): void {
  shop.api.remove(PODS, 'shop-3-a')
  const known = shop.api.get<{ metadata: object }>(REPLICA_SETS, 'shop-2')
  const annotations = { [REVISION]: '4', 'deployment.kubernetes.io/revision-history': '2' }
  shop.api.put(REPLICA_SETS, { ...known, metadata: { ...known?.metadata, annotations } })
  count(2, { metadata: { ...current().metadata, annotations: { ...current().metadata.annotations, [REVISION]: '4' } } })
}

const image = (): unknown => current().spec.template.spec.containers[0]?.image
const revisions = (): unknown[] =>
  ['shop-1', 'shop-2', 'shop-3'].map(
    (name) => shop.api.get<{ metadata: { annotations: object } }>(REPLICA_SETS, name)?.metadata.annotations,
  )

async function failing(): Promise<{ run: Run; rolling: Promise<unknown>; abort: AbortController }> {
  const run = make({ scenario: 'unpullable-image', image: '' })
  await start(run)
  const abort = new AbortController()
  const rolling = run.target.rollout(abort.signal)
  await sent(1)
  expect(image()).toBe('shop:zero-drop-no-such-tag')
  fail('shop:zero-drop-no-such-tag')
  return { run, rolling, abort }
}

test('a rollout to an image that cannot be pulled fails, is undone, and leaves no trace in the history', async () => {
  const found = { spec: structuredClone(current().spec), annotations: current().metadata.annotations }
  const { run, rolling } = await failing()
  await sent(2)
  expect(current().spec).toEqual(found.spec)
  undone()
  expect(await rolling).toMatchObject({
    status: 'failed',
    undone: true,
    reason: expect.stringContaining(
      'the image shop:zero-drop-no-such-tag cannot be pulled: InvalidImageName',
    ) as string,
  })
  expect(run.events.filter(({ type }) => type === 'rollout-failed').length).toBe(1)
  expect(run.events.filter(({ type }) => type === 'pod-terminating')).toEqual([])
  const restoring = run.target.restore({ kept: false })
  expect(await restoring).toBeUndefined()
  expect(revisions()).toEqual([{ [REVISION]: '1', 'kubernetes.io/change-cause': 'v1' }, { [REVISION]: '2' }, undefined])
  expect(current().metadata.annotations).toEqual(found.annotations)
})

test('an interruption before the undo does not prevent the undo', async () => {
  const { run, rolling, abort } = await failing()
  abort.abort()
  expect(await rolling).toEqual({ status: 'interrupted' })
  const restoring = run.target.restore({ kept: false })
  await sent(2)
  undone()
  expect(await restoring).toBeUndefined()
  expect([image(), revisions()[2]]).toEqual(['shop:v2', undefined])
})

test('a history that cannot be restored is reported with the kubectl command', async () => {
  const { run, rolling } = await failing()
  await sent(2)
  undone()
  await rolling
  shop.api.failures.set(`DELETE ${REPLICA_SETS}/shop-3`, { status: 403, reason: 'Forbidden', message: 'no' })
  expect(await run.target.restore({ kept: false })).toBe(
    "Deployment shop is restored, but its history is not (no): 'kubectl delete replicasets -n store shop-3' removes the revisions of this run",
  )
})

test('a crashing version runs /bin/false instead of its image command', async () => {
  const run = make({ scenario: 'crashing-image', image: '' })
  await start(run)
  const abort = new AbortController()
  const rolling = run.target.rollout(abort.signal)
  await sent(1)
  expect(current().spec.template.spec.containers[0]).toEqual({
    name: 'web',
    image: 'shop:v2',
    command: ['/bin/false'],
    args: [],
  })
  abort.abort()
  await rolling
  await expect.poll(() => patches().length, WAIT).toBe(1)
})
