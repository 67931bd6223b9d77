import { expect, test } from 'vitest'
import { bring, count, end } from '../../../fixtures/controller.js'
import {
  usageError,
  current,
  deploy,
  DEPLOYMENTS,
  make,
  patches,
  PODS,
  sent,
  shop,
  start,
  useShop,
} from '../../../fixtures/shop.js'

useShop()

const scaled = (from: number, to: number): object[] => [
  { op: 'test', path: '/spec/replicas', value: from },
  { op: 'replace', path: '/spec/replicas', value: to },
]

test('scales down, waits for the last of the surplus pods, and scales up again', async () => {
  const run = make({ scenario: 'scale-down' })
  await start(run)
  const rolling = run.target.rollout(new AbortController().signal)
  await sent(1)
  shop.api.put(PODS, {
    ...shop.api.get<object>(PODS, 'shop-2-b'),
    metadata: { name: 'shop-2-b', uid: uidOf('shop-2-b'), labels: labelsOf('shop-2-b'), deletionTimestamp: 'now' },
  })
  count(1)
  // The surplus pod is still terminating.
  await new Promise((resolve) => setTimeout(resolve, 200))
  expect(patches().length).toBe(1)
  end('shop-2-b')
  await sent(2)
  bring('shop-2-c')
  count(2)
  expect(await rolling).toEqual({ status: 'finished' })
  expect(patches()).toEqual([scaled(2, 1), scaled(1, 2)])
  expect(run.events.flatMap((event) => ('pod' in event ? `${event.type} ${event.pod}` : []))).toContain(
    'pod-terminating shop-2-b',
  )
  expect(await run.target.restore({ kept: true })).toBeUndefined()
  expect(patches().length).toBe(2)
})

test('an interruption scales back, and reports a refusal or a change by somebody else', async () => {
  const [back, refused, other] = [await interrupted(), await interrupted(), await interrupted()]
  expect(await back.target.restore({ kept: false })).toBeUndefined()
  expect(current().spec.replicas).toBe(2)

  shop.api.failures.set(`PATCH ${DEPLOYMENTS}/shop`, { status: 401, reason: 'Unauthorized', message: 'expired' })
  expect(await refused.target.restore({ kept: false })).toMatch(
    /^Deployment shop could not be scaled back to 2 \(.+\): run 'kubectl scale -n store deployment\/shop --replicas=2'$/u,
  )
  shop.api.failures.clear()
  shop.api.put(DEPLOYMENTS, { ...current(), spec: { ...current().spec, replicas: 5 } })
  expect(await other.target.restore({ kept: false })).toBe(
    "Deployment shop was scaled to 5 by somebody else, and stays so: see 'kubectl scale -n store deployment/shop --replicas=2'",
  )
  expect(current().spec.replicas).toBe(5)
})

test('workloads that cannot be scaled down are refused', async () => {
  expect(await usageError({ scenario: 'scale-down', values: { 'scale-to': 2 } })).toBe(
    'Deployment shop has 2 replicas: give --scale-to a smaller number',
  )
  deploy({ replicas: 1 })
  shop.api.remove(PODS, 'shop-2-b')
  count(1)
  expect(await usageError({ scenario: 'scale-down' })).toBe(
    "Deployment shop has 1 replica, so none would be left: run 'kubectl scale -n store deployment/shop --replicas=2' first",
  )
  expect(patches()).toEqual([])
})

async function interrupted(): Promise<ReturnType<typeof make>> {
  deploy()
  const before = patches().length
  const run = make({ scenario: 'scale-down' })
  await start(run)
  const abort = new AbortController()
  const rolling = run.target.rollout(abort.signal)
  await sent(before + 1)
  abort.abort()
  expect(await rolling).toEqual({ status: 'interrupted' })
  return run
}

const metadataOf = (pod: string): { uid: string; labels: object } =>
  shop.api.get<{ metadata: { uid: string; labels: object } }>(PODS, pod)?.metadata ?? expect.fail('no pod')
const uidOf = (pod: string): string => metadataOf(pod).uid
const labelsOf = (pod: string): object => metadataOf(pod).labels
