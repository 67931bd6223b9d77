import { describe, expect, test } from 'vitest'
import { Baseline } from '../../../../src/targets/kubernetes/kubernetes.js'
import {
  current,
  DEPLOYMENTS,
  interrupted,
  make,
  patches,
  REPLICA_SETS,
  rollOut,
  sent,
  shop,
  start,
  template,
  undo,
  useShop,
} from '../../../fixtures/shop.js'
import type { Run } from '../../../fixtures/shop.js'

useShop()

/** Plays the Deployment controller, which sets the number of the revision. */
function number(revision: number, hash: string): void {
  const annotations = { ...current().metadata.annotations, 'deployment.kubernetes.io/revision': String(revision) }
  shop.api.put(DEPLOYMENTS, { ...current(), metadata: { ...current().metadata, annotations } })
  const set = shop.api.get<{ metadata: object }>(REPLICA_SETS, `shop-${hash}`)
  shop.api.put(REPLICA_SETS, { ...set, metadata: { ...set?.metadata, annotations } })
}

/** Rolls out v3 and keeps it. */
async function first(baseline: Baseline): Promise<void> {
  const run = make({ baseline })
  await start(run)
  const rolling = run.target.rollout(new AbortController().signal)
  await sent(1)
  rollOut()
  number(3, '3')
  expect(await rolling).toEqual({ status: 'finished' })
  expect(await run.target.restore({ kept: true })).toBeUndefined()
  expect(current().spec.template).toEqual(template('shop:v3'))
}

/** Starts an undo to revision 1 and interrupts it after its change. */
const second = (baseline: Baseline): Promise<Run> => interrupted({ ...undo(1), baseline }, 2)

/** Waits for the patch that restores the workload, and plays its rollout. */
async function restored(before: number, restore: () => Promise<string | undefined>): Promise<string | undefined> {
  const going = restore()
  await sent(before + 1)
  expect(current().spec.template).toEqual(template('shop:v2'))
  rollOut('shop', { hash: '2', from: ['shop-3-a', 'shop-3-b'] })
  return going
}

describe('several rollouts of one workload', () => {
  test('an interrupted second rollout restores the template, annotations and history from before the first', async () => {
    const found = structuredClone(current())
    const baseline = new Baseline()
    await first(baseline)
    const run = await second(baseline)
    expect(current().spec.template).toEqual(template('shop:v1'))
    expect(current().metadata.annotations).toMatchObject({ 'kubernetes.io/change-cause': 'v1' })
    expect(await restored(2, () => run.target.restore({ kept: false }))).toBeUndefined()
    expect(current().spec).toEqual(found.spec)
    expect(current().metadata.annotations).toEqual(found.metadata.annotations)
    expect(shop.api.get(REPLICA_SETS, 'shop-3')).toBeUndefined()
  })

  test('an interruption before the change of the second rollout restores the state before the first', async () => {
    const baseline = new Baseline()
    await first(baseline)
    const run = make({ ...undo(), baseline })
    await start(run)
    expect(await restored(1, () => run.target.restore({ kept: false }))).toBeUndefined()
  })

  test('an interruption between two rollouts restores the state before the first, once', async () => {
    const baseline = new Baseline()
    await first(baseline)
    expect(await restored(1, () => baseline.restore())).toBeUndefined()
    const before = patches().length
    expect(await baseline.restore()).toBeUndefined()
    expect(patches()).toHaveLength(before)
  })

  test('a second rollout that cannot start restores the state before the first', async () => {
    const baseline = new Baseline()
    await first(baseline)
    const run = make({ ...undo(9), baseline })
    await expect(start(run)).rejects.toThrow('no revision 9')
    expect(await restored(1, () => run.target.restore({ kept: false }))).toBeUndefined()
  })

  test('two finished rollouts stay', async () => {
    const baseline = new Baseline()
    await first(baseline)
    const run = make({ ...undo(1), baseline })
    await start(run)
    const rolling = run.target.rollout(new AbortController().signal)
    await sent(2)
    rollOut('shop', { hash: '1', from: ['shop-3-a', 'shop-3-b'] })
    expect(await rolling).toEqual({ status: 'finished' })
    expect(await run.target.restore({ kept: true })).toBeUndefined()
    expect(current().spec.template).toEqual(template('shop:v1'))
    expect(patches()).toHaveLength(2)
  })

  test('a later change by somebody else stays and is reported', async () => {
    const baseline = new Baseline()
    await first(baseline)
    const theirs = { ...current(), spec: { ...current().spec, template: template('shop:theirs') } }
    shop.api.put(DEPLOYMENTS, theirs)
    expect(await baseline.restore()).toContain('was changed by somebody else after this run changed it')
    expect(current().spec.template).toEqual(template('shop:theirs'))
  })

  test('a change by somebody else between two rollouts stays, and the second rollout does not start', async () => {
    const baseline = new Baseline()
    await first(baseline)
    const theirs = { ...current(), spec: { ...current().spec, template: template('shop:theirs') } }
    shop.api.put(DEPLOYMENTS, theirs)
    const run = make({ ...undo(1), baseline })
    await expect(start(run)).rejects.toThrow('was changed by somebody else between two rollouts')
    expect(await run.target.restore({ kept: false })).toContain('stays as it is')
    expect(await baseline.restore()).toContain('stays as it is')
    expect(current().spec.template).toEqual(template('shop:theirs'))
    expect(patches()).toHaveLength(1)
  })

  test('a refused restore reports the kubectl commands without a revision number, since numbers may have changed', async () => {
    const baseline = new Baseline()
    await first(baseline)
    const run = await second(baseline)
    shop.api.failures.set(`PATCH ${DEPLOYMENTS}/shop`, { status: 403, reason: 'Forbidden', message: 'no more' })
    expect(await run.target.restore({ kept: false })).toMatch(
      /no more\): find the revision of shop:v2 with 'kubectl rollout history -n store deployment\/shop' and run 'kubectl rollout undo -n store deployment\/shop --to-revision=' with its number$/u,
    )
  })
})
