import { expect, test } from 'vitest'
import type { Pod } from '../../../../src/targets/kubernetes/api/objects.js'
import { count } from '../../../fixtures/controller.js'
import { make, patches, PODS, shop, start, useShop, WAIT, type Run } from '../../../fixtures/shop.js'

useShop()

const NAME = 'shop-liveness'
const EVENTS = '/api/v1/namespaces/store/events'
const added = (): Pod | undefined => shop.api.get<Pod>(PODS, NAME)

function up(restartCount: number): void {
  const lastState = restartCount === 0 ? {} : { lastState: { terminated: { exitCode: 0, reason: 'Completed' } } }
  shop.api.put(PODS, {
    ...added(),
    status: {
      phase: 'Running',
      conditions: [{ type: 'Ready', status: 'True' }],
      containerStatuses: [{ name: 'web', ready: true, restartCount, state: { running: {} }, ...lastState }],
    },
  })
}

async function begun(signal: AbortSignal): Promise<{ run: Run; rolling: Promise<unknown> }> {
  shop.api.serve(EVENTS)
  const run = make({ scenario: 'liveness-restart' })
  await start(run)
  const rolling = run.target.rollout(signal)
  await expect.poll(added, WAIT).toBeDefined()
  return { run, rolling }
}

test('adds a pod, waits until the kubelet has restarted its container, and deletes the pod', async () => {
  const { run, rolling } = await begun(new AbortController().signal)
  // The Service selects the pod, and no ReplicaSet adopts it.
  expect(added()?.metadata.labels).toEqual({ app: 'shop', 'app.kubernetes.io/managed-by': 'zero-drop' })
  expect(added()?.spec.containers).toEqual([
    expect.objectContaining({
      name: 'web',
      command: ['node', 'main.js'],
      livenessProbe: { tcpSocket: { port: 1 }, initialDelaySeconds: 12, periodSeconds: 12, failureThreshold: 1 },
    }),
  ])
  up(0)
  const listed = (): boolean => shop.api.requests.some(({ path }) => path === EVENTS)
  await expect.poll(listed, WAIT).toBe(true)
  shop.api.put(EVENTS, { metadata: { name: 'killing' }, reason: 'Killing' })
  const about = (): string[] => run.events.flatMap((event) => ('pod' in event && event.pod === NAME ? event.type : []))
  await expect.poll(about, WAIT).toEqual(['pod-created', 'pod-ready', 'pod-terminating'])
  up(1)
  await expect.poll(() => added()?.metadata.deletionTimestamp, WAIT).toBeDefined()
  shop.api.remove(PODS, NAME)
  count(2)
  expect(await rolling).toEqual({ status: 'finished' })
  expect(about()).toEqual([
    'pod-created',
    'pod-ready',
    'pod-terminating',
    'pod-gone',
    'pod-created',
    'pod-ready',
    'container-ended',
    'pod-terminating',
    'pod-gone',
  ])
  expect(await run.target.restore({ kept: true })).toBeUndefined()
  expect(patches()).toEqual([])
})

async function interrupted(): Promise<Run> {
  const abort = new AbortController()
  const { run, rolling } = await begun(abort.signal)
  await expect.poll(() => [...shop.api.lostAnswers], WAIT).toEqual([])
  abort.abort()
  expect(await rolling).toEqual({ status: 'interrupted' })
  return run
}

test('an interruption deletes the added pod', async () => {
  const run = await interrupted()
  expect(await run.target.restore({ kept: false })).toBeUndefined()
  expect(added()?.metadata).toHaveProperty('deletionTimestamp')
})

test('a pod whose creation got no response is recognized and deleted', async () => {
  shop.api.lostAnswers.add(`POST ${PODS}`)
  const run = await interrupted()
  const posts = shop.api.requests.filter(({ method, path }) => method === 'POST' && path === PODS)
  expect(posts).toHaveLength(2)
  expect(await run.target.restore({ kept: false })).toBeUndefined()
  expect(added()?.metadata).toHaveProperty('deletionTimestamp')
})

test('a refused deletion is reported with the kubectl command', async () => {
  const run = await interrupted()
  shop.api.failures.set(`DELETE ${PODS}/${NAME}`, { status: 403, reason: 'Forbidden', message: 'no' })
  expect(await run.target.restore({ kept: false })).toMatch(
    /^pod shop-liveness is still there \(.+: no\): remove it with 'kubectl delete pod -n store shop-liveness'$/u,
  )
})

test('an older pod with that name fails the action and stays', async () => {
  shop.api.put(PODS, { metadata: { name: NAME }, spec: { containers: [] } })
  const run = make({ scenario: 'liveness-restart' })
  await start(run)
  expect(await run.target.rollout(new AbortController().signal)).toEqual({
    status: 'failed',
    reason: `the API refused to create pod ${NAME}: ${NAME} already exists`,
  })
  await run.target.restore({ kept: false })
  expect(added()?.metadata).not.toHaveProperty('deletionTimestamp')
})
