import { describe, expect, test } from 'vitest'
import { Baseline } from '../../../src/targets/kubernetes/kubernetes.js'
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
} from '../../fixtures/shop.js'
import type { Run } from '../../fixtures/shop.js'

useShop()

/** As the deployment controller leaves it: with its number. */
function number(revision: number, hash: string): void {
  const annotations = { ...current().metadata.annotations, 'deployment.kubernetes.io/revision': String(revision) }
  shop.api.put(DEPLOYMENTS, { ...current(), metadata: { ...current().metadata, annotations } })
  const set = shop.api.get<{ metadata: object }>(REPLICA_SETS, `shop-${hash}`)
  shop.api.put(REPLICA_SETS, { ...set, metadata: { ...set?.metadata, annotations } })
}

/** `set image` to v3, finished and kept. */
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

/** The way back, with its change made and nothing rolled out. */
const second = (baseline: Baseline): Promise<Run> => interrupted({ ...undo(1), baseline }, 2)

/** Waits for the patch that goes back, and lets the controllers follow it. */
async function backHome(before: number, goBack: () => Promise<string | undefined>): Promise<string | undefined> {
  const going = goBack()
  await sent(before + 1)
  expect(current().spec.template).toEqual(template('shop:v2'))
  rollOut('shop', { hash: '2', from: ['shop-3-a', 'shop-3-b'] })
  return going
}

describe('several rollouts of one workload', () => {
  test('the second one interrupted: back to what was found, template, annotations and history', async () => {
    const found = structuredClone(current())
    const baseline = new Baseline()
    await first(baseline)
    const run = await second(baseline)
    expect(current().spec.template).toEqual(template('shop:v1'))
    expect(current().metadata.annotations).toMatchObject({ 'kubernetes.io/change-cause': 'v1' })
    expect(await backHome(2, () => run.target.restore({ kept: false }))).toBeUndefined()
    expect(current().spec).toEqual(found.spec)
    expect(current().metadata.annotations).toEqual(found.metadata.annotations)
    expect(shop.api.get(REPLICA_SETS, 'shop-3')).toBeUndefined()
  })

  test('the second one interrupted before its change: back to what was found', async () => {
    const baseline = new Baseline()
    await first(baseline)
    const run = make({ ...undo(), baseline })
    await start(run)
    expect(await backHome(1, () => run.target.restore({ kept: false }))).toBeUndefined()
  })

  test('interrupted between two of them: back to what was found, once', async () => {
    const baseline = new Baseline()
    await first(baseline)
    expect(await backHome(1, () => baseline.restore())).toBeUndefined()
    const before = patches().length
    expect(await baseline.restore()).toBeUndefined()
    expect(patches()).toHaveLength(before)
  })

  test('the second one cannot start: back to what was found', async () => {
    const baseline = new Baseline()
    await first(baseline)
    const run = make({ ...undo(9), baseline })
    await expect(start(run)).rejects.toThrow('no revision 9')
    expect(await backHome(1, () => run.target.restore({ kept: false }))).toBeUndefined()
  })

  test('both finished: it stays where they have left it', async () => {
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

  test('changed by somebody else since: left as it is, and said', async () => {
    const baseline = new Baseline()
    await first(baseline)
    const theirs = { ...current(), spec: { ...current().spec, template: template('shop:theirs') } }
    shop.api.put(DEPLOYMENTS, theirs)
    expect(await baseline.restore()).toContain('was changed by somebody else after this run had changed it')
    expect(current().spec.template).toEqual(template('shop:theirs'))
  })

  test('rolled out by somebody else between two of them: the next one does not start, and theirs stays', async () => {
    const baseline = new Baseline()
    await first(baseline)
    const theirs = { ...current(), spec: { ...current().spec, template: template('shop:theirs') } }
    shop.api.put(DEPLOYMENTS, theirs)
    const run = make({ ...undo(1), baseline })
    await expect(start(run)).rejects.toThrow('was changed by somebody else between two rollouts')
    expect(await run.target.restore({ kept: false })).toContain('is left as it is')
    expect(await baseline.restore()).toContain('is left as it is')
    expect(current().spec.template).toEqual(template('shop:theirs'))
    expect(patches()).toHaveLength(1)
  })

  test('the API refuses: says how to go back by hand, whatever numbers the revisions have by then', async () => {
    const baseline = new Baseline()
    await first(baseline)
    const run = await second(baseline)
    shop.api.failures.set(`PATCH ${DEPLOYMENTS}/shop`, { status: 403, reason: 'Forbidden', message: 'no more' })
    expect(await run.target.restore({ kept: false })).toMatch(
      /no more\): find the revision of shop:v2 with 'kubectl rollout history -n store deployment\/shop' and run 'kubectl rollout undo -n store deployment\/shop --to-revision=' with its number$/u,
    )
  })
})
