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
} from '../../../fixtures/shop.js'

useShop()

describe('restore', () => {
  test('restores template and annotations after an interruption, also with kept, and waits for the rollout', async () => {
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

  test('a change by somebody else between read and patch is not overwritten', async () => {
    const run = await interrupted()
    // The patch tests the generation, which has changed.
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

  test('does nothing if nothing was changed', async () => {
    const run = make()
    await start(run)
    expect(await run.target.restore({ kept: false })).toBeUndefined()
    expect(patches()).toEqual([])
  })

  test('a right that was revoked during the run is reported with the kubectl command', async () => {
    const run = await interrupted()
    shop.api.failures.set(`PATCH ${DEPLOYMENTS}/shop`, { status: 403, reason: 'Forbidden', message: 'no more' })
    expect(await run.target.restore({ kept: false })).toMatch(
      /^Deployment shop could not be restored \(.+: no more\): run 'kubectl rollout undo -n store deployment\/shop --to-revision=2'$/u,
    )
  })
})
