import { describe, expect, test } from 'vitest'
import type { Pod } from '../../../../src/targets/kubernetes/api/objects.js'
import {
  make,
  patches,
  PODS,
  rollOut,
  sent,
  shop,
  start,
  template,
  undo,
  useShop,
  WAIT,
} from '../../../fixtures/shop.js'

useShop()

describe('a rollout', () => {
  test('set-image sends the patch of kubectl and follows the rollout to the end of the last old pod', async () => {
    const run = make()
    await start(run)
    expect(run.target.description).toBe(
      'shop in namespace store of fake: from v2 to v3 (set image deployment/shop web=shop:v3)',
    )
    const rolling = run.target.rollout(new AbortController().signal)
    await sent(1)
    expect(patches()).toEqual([{ spec: { template: { spec: { containers: [{ name: 'web', image: 'shop:v3' }] } } } }])
    expect(shop.api.requests.find(({ method }) => method === 'PATCH')?.contentType).toBe(
      'application/strategic-merge-patch+json',
    )
    rollOut()
    expect(await rolling).toEqual({ status: 'finished' })
    // Pods and endpoints have separate watches, so only the order within each of them is certain.
    const removed = (): number => run.events.filter(({ type }) => type === 'endpoint-removed').length
    await expect.poll(removed, WAIT).toBe(2)
    const about = run.events.flatMap((event) => ('pod' in event ? `${event.type} ${event.pod}` : []))
    expect(about.filter((line) => line.startsWith('pod-'))).toEqual([
      ...['shop-2-a', 'shop-2-b', 'shop-3-a', 'shop-3-b'].flatMap((pod) => [`pod-created ${pod}`, `pod-ready ${pod}`]),
      ...['shop-2-a', 'shop-2-b'].map((pod) => `pod-terminating ${pod}`),
      ...['shop-2-a', 'shop-2-b'].flatMap((pod) => [`pod-unready ${pod}`, `pod-gone ${pod}`]),
    ])
    expect(about.filter((line) => /^endpoint-(?:added|removed)/u.test(line))).toEqual([
      ...['shop-2-a', 'shop-2-b', 'shop-3-a', 'shop-3-b'].map((pod) => `endpoint-added ${pod}`),
      ...['shop-2-a', 'shop-2-b'].map((pod) => `endpoint-removed ${pod}`),
    ])
    expect(run.events.flatMap((event) => (event.type === 'pod-gone' ? [[event.exitCode, event.killed]] : []))).toEqual([
      [0, false],
      [137, true],
    ])
    expect(run.events.flatMap((event) => (event.type === 'pod-created' ? event.version : []))).toEqual([
      'v2',
      'v2',
      'v3',
      'v3',
    ])
    const others = run.events.filter(({ type }) => !type.startsWith('endpoint-'))
    expect(others.at(-1)?.type).toBe('rollout-finished')
    expect(await run.target.restore({ kept: true })).toBeUndefined()
    expect(patches().length).toBe(1)
  })

  test('a rollout is not finished while an old pod is terminating, whatever the status of the Deployment', async () => {
    const run = make()
    await start(run)
    const rolling = run.target.rollout(new AbortController().signal)
    await sent(1)
    shop.api.put(PODS, {
      ...shop.api.get<Pod>(PODS, 'shop-2-a'),
      metadata: { name: 'straggler', deletionTimestamp: 'now', labels: { app: 'shop', 'pod-template-hash': '2' } },
    })
    rollOut()
    const details = (): string[] =>
      run.events.flatMap((event) => (event.type === 'rollout-progress' ? event.detail : []))
    await expect.poll(() => details().at(-1), WAIT).toBe('1 old pod is terminating')
    shop.api.remove(PODS, 'straggler')
    expect(await rolling).toEqual({ status: 'finished' })
  })

  test('restart sends the patch of kubectl', async () => {
    const restart = make({ scenario: 'restart' })
    await start(restart)
    const abort = new AbortController()
    const restarting = restart.target.rollout(abort.signal)
    await sent(1)
    abort.abort()
    await restarting
    expect(patches()[0]).toEqual({
      spec: {
        template: {
          metadata: {
            annotations: { 'kubectl.kubernetes.io/restartedAt': expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:]+Z$/u) },
          },
        },
      },
    })
  })

  test('undo sends the patch of kubectl, including change-cause', async () => {
    const back = make(undo())
    await start(back)
    const rolling = back.target.rollout(new AbortController().signal)
    await sent(1)
    expect(patches()[0]).toEqual([
      { op: 'replace', path: '/spec/template', value: template('shop:v1') },
      // The change-cause of the revision returns, and annotations that do not belong to a revision stay.
      {
        op: 'add',
        path: '/metadata/annotations',
        value: { 'deployment.kubernetes.io/revision': '2', 'kubernetes.io/change-cause': 'v1' },
      },
    ])
    rollOut('shop', { hash: '1' })
    expect(await rolling).toEqual({ status: 'finished' })
  })
})

describe('a broken watch', () => {
  test('continues from its last version and reports the gap', async () => {
    const run = make()
    await start(run)
    const rolling = run.target.rollout(new AbortController().signal)
    await sent(1)
    await shop.api.vanish()
    rollOut()
    await new Promise((resolve) => setTimeout(resolve, 1_200))
    await shop.api.listen()
    expect(await rolling).toEqual({ status: 'finished' })
    const gaps = run.events.flatMap((event) => (event.type === 'watch-gap' ? event.detail : []))
    expect(gaps).toContainEqual(expect.stringMatching(/^pods were not watched for \d+\.\d s$/u))
    expect(run.events.filter(({ type }) => type === 'pod-gone').length).toBe(2)
  })

  test('lists again if the version has expired, and reports the changes that it missed', async () => {
    const run = make()
    await start(run)
    const rolling = run.target.rollout(new AbortController().signal)
    await sent(1)
    await shop.api.vanish()
    rollOut()
    shop.api.forget()
    await shop.api.listen()
    expect(await rolling).toEqual({ status: 'finished' })
    expect(run.events.filter(({ type }) => type === 'pod-gone').length).toBe(2)
    expect(run.events.flatMap((event) => (event.type === 'pod-created' ? event.pod : []))).toEqual([
      'shop-2-a',
      'shop-2-b',
      'shop-3-a',
      'shop-3-b',
    ])
  })
})
