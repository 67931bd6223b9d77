import { beforeEach, expect, test } from 'vitest'
import { bring, count, end, terminating } from '../../../fixtures/controller.js'
import { usageError, make, shop, start, useShop, WAIT, type Run } from '../../../fixtures/shop.js'

useShop()

const NODES = '/api/v1/nodes'
const unschedulable = (node: string): unknown => shop.api.get<{ spec: object }>(NODES, node)?.spec

beforeEach(() => {
  for (const node of ['n1', 'n2']) shop.api.put(NODES, { metadata: { name: node }, spec: {} })
  bring('shop-2-a', 'n1')
  bring('shop-2-b', 'n2')
})

async function draining(signal = new AbortController().signal): Promise<{ run: Run; rolling: Promise<unknown> }> {
  const run = make({ scenario: 'drain-node' })
  await start(run)
  return { run, rolling: run.target.rollout(signal) }
}

test('cordons, evicts as the PodDisruptionBudget allows, waits for replacements, and uncordons', async () => {
  shop.api.budget = 2
  const { run, rolling } = await draining()
  await expect.poll(terminating, WAIT).toEqual(['shop-2-a'])
  expect(unschedulable('n1')).toEqual({ unschedulable: true })
  const evictions = shop.api.requests.filter(({ path }) => path.endsWith('/eviction'))
  expect(evictions.length).toBe(3)
  expect(evictions[0]?.body).toMatchObject({ kind: 'Eviction', metadata: { name: 'shop-2-a', namespace: 'store' } })
  end('shop-2-a')
  bring('shop-2-c', 'n2')
  count(2)
  expect(await rolling).toEqual({ status: 'finished' })
  expect([unschedulable('n1'), unschedulable('n2')]).toEqual([{}, {}])
  expect(await run.target.restore({ kept: true })).toBeUndefined()
})

async function interrupted(): Promise<Run> {
  shop.api.budget = 1_000
  const abort = new AbortController()
  const { run, rolling } = await draining(abort.signal)
  await expect.poll(() => unschedulable('n1'), WAIT).toEqual({ unschedulable: true })
  abort.abort()
  expect(await rolling).toEqual({ status: 'interrupted' })
  return run
}

test('an interruption uncordons the node', async () => {
  const run = await interrupted()
  expect([await run.target.restore({ kept: false }), unschedulable('n1')]).toEqual([undefined, {}])
})

test('a node that stays cordoned is reported with the kubectl command', async () => {
  const run = await interrupted()
  shop.api.failures.set(`PATCH ${NODES}/n1`, { status: 403, reason: 'Forbidden', message: 'no more' })
  expect(await run.target.restore({ kept: false })).toMatch(
    /^node n1 is still cordoned \(.+: no more\): run 'kubectl uncordon n1'$/u,
  )
})

test('the only schedulable node is not drained, and a cordoned node stays cordoned', async () => {
  shop.api.put(NODES, { metadata: { name: 'n2' }, spec: { unschedulable: true } })
  const { rolling } = await draining()
  expect(await rolling).toEqual({
    status: 'failed',
    reason: 'no node can be drained: every node that runs its pods is cordoned, or there is only one node',
  })
  expect([unschedulable('n1'), unschedulable('n2')]).toEqual([{}, { unschedulable: true }])
})

test('missing cluster rights, and the commands that grant them', async () => {
  shop.api.denied.add('patch nodes').add('create pods/eviction')
  expect(await usageError({ scenario: 'drain-node' })).toMatch(
    /may not create pods\/eviction, patch nodes .*kubectl -n store create role zero-drop-change --verb=create --resource=pods\/eviction && .*kubectl create clusterrole zero-drop-change-2 --verb=patch --resource=nodes && kubectl create clusterrolebinding zero-drop-change-2 --clusterrole=zero-drop-change-2 --serviceaccount=ci:tester$/u,
  )
})
