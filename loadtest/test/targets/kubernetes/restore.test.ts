import { describe, expect, test } from 'vitest'
import {
  current,
  DEPLOYMENTS,
  interrupted,
  make,
  patches,
  rollOut,
  sent,
  shop,
  start,
  template,
  undo,
  useShop,
} from '../../fixtures/shop.js'

useShop()

describe('restore', () => {
  test('puts template and annotations back after an interruption, kept or not, and waits', async () => {
    const before = structuredClone(current())
    const run = await interrupted(undo())
    expect(current().spec.template).toEqual(template('shop:v1'))
    const restoring = run.target.restore({ kept: true })
    await sent(2)
    expect(current().spec).toEqual(before.spec)
    expect(current().metadata.annotations).toEqual(before.metadata.annotations)
    rollOut('shop', { hash: '2', from: [] })
    expect(await restoring).toBeUndefined()
  })

  test('a change of somebody else that comes between look and patch is not overwritten', async () => {
    const run = await interrupted()
    // The patch tests the generation, which has moved on.
    shop.api.put(DEPLOYMENTS, { ...current(), metadata: { ...current().metadata, generation: 7 } })
    const restoring = run.target.restore({ kept: false })
    await sent(2)
    expect(patches()[1]).toEqual([
      { op: 'test', path: '/metadata/generation', value: 7 },
      { op: 'replace', path: '/spec/template', value: template('shop:v2') },
    ])
    rollOut('shop', { hash: '2', from: [] })
    expect(await restoring).toBeUndefined()
  })

  test('nothing to do where nothing was changed', async () => {
    const run = make()
    await start(run)
    expect(await run.target.restore({ kept: false })).toBeUndefined()
    expect(patches()).toEqual([])
  })

  test('the right to change is gone meanwhile: says how', async () => {
    const run = await interrupted()
    shop.api.failures.set(`PATCH ${DEPLOYMENTS}/shop`, { status: 403, reason: 'Forbidden', message: 'no more' })
    expect(await run.target.restore({ kept: false })).toMatch(
      /^Deployment shop could not be put back as it was \(.+: no more\): run 'kubectl rollout undo -n store deployment\/shop --to-revision=2'$/u,
    )
  })
})
