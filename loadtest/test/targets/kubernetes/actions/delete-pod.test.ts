import { expect, test } from 'vitest'
import { bring, count, end, terminating } from '../../../fixtures/controller.js'
import { usageError, make, patches, PODS, shop, start, useShop, WAIT } from '../../../fixtures/shop.js'

useShop()

const deletions = (): unknown[] =>
  shop.api.requests.filter(({ method }) => method === 'DELETE').map(({ path, body }) => [path, body])

test('deletes one pod by its uid and waits until it is gone and its replacement is ready', async () => {
  const run = make({ scenario: 'delete-pod', values: { pods: 1 } })
  await start(run)
  const rolling = run.target.rollout(new AbortController().signal)
  await expect.poll(terminating, WAIT).toEqual(['shop-2-a'])
  const uid = shop.api.get<{ metadata: { uid: string } }>(PODS, 'shop-2-a')?.metadata.uid
  expect(deletions()).toEqual([[`${PODS}/shop-2-a`, { preconditions: { uid } }]])
  bring('shop-2-c')
  count(2)
  const early = new Promise((resolve) => setTimeout(resolve, 200, 'it still drains'))
  expect(await Promise.race([rolling, early])).toBe('it still drains')
  end('shop-2-a')
  expect(await rolling).toEqual({ status: 'finished' })
  const about = run.events.flatMap((event) => ('pod' in event ? `${event.type} ${event.pod}` : []))
  expect(about).toEqual(expect.arrayContaining(['pod-terminating shop-2-a', 'pod-gone shop-2-a', 'pod-ready shop-2-c']))
  expect(await run.target.restore({ kept: true })).toBeUndefined()
  expect(patches()).toEqual([])
})

test('kill uses the shortest grace period and reports pod-killed instead of pod-terminating', async () => {
  const run = make({ scenario: 'kill' })
  await start(run)
  const rolling = run.target.rollout(new AbortController().signal)
  await expect.poll(terminating, WAIT).toEqual(['shop-2-a'])
  expect(deletions()).toEqual([[`${PODS}/shop-2-a`, expect.objectContaining({ gracePeriodSeconds: 1 })]])
  end('shop-2-a', 137)
  bring('shop-2-c')
  count(2)
  expect(await rolling).toEqual({ status: 'finished' })
  const types = run.events.flatMap((event) => ('pod' in event && event.pod === 'shop-2-a' ? event.type : []))
  expect(types).toContain('pod-killed')
  expect(types).not.toContain('pod-terminating')
})

test('more pods than the workload has are refused', async () => {
  expect(await usageError({ scenario: 'delete-pod', values: { pods: 3 } })).toBe(
    'Deployment shop has 2 pods, so 3 cannot be deleted: give --pods a smaller number',
  )
})
