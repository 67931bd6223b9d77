import { describe, expect, test } from 'vitest'
import type { Workload } from '../../../../src/targets/kubernetes/api/objects.js'
import {
  usageError,
  current,
  deploy,
  DEPLOYMENTS,
  make,
  rollOut,
  sent,
  SERVICES,
  shop,
  start,
  template,
  useShop,
  WAIT,
} from '../../../fixtures/shop.js'

useShop()

describe('the twin', () => {
  const TWIN = 'shop-zero-drop-twin'
  const twin = { command: ['node', 'naive.js'] }
  const made = (): Workload | undefined => shop.api.get<Workload>(DEPLOYMENTS, TWIN)

  test('is a copy without traffic of the original; it rolls alone and is removed afterwards', async () => {
    const before = structuredClone(current())
    const run = make({ twin })
    const starting = start(run)
    await expect.poll(() => shop.api.get(SERVICES, TWIN), WAIT).toBeDefined()
    expect(made()).toMatchObject({
      metadata: { labels: { 'app.kubernetes.io/managed-by': 'zero-drop' } },
      spec: {
        replicas: 2,
        selector: { matchLabels: { 'zero-drop/twin': TWIN } },
        template: {
          metadata: { labels: { 'zero-drop/twin': TWIN } },
          spec: { containers: [{ name: 'web', image: 'shop:v2', command: ['node', 'naive.js'] }] },
        },
      },
    })
    expect(made()?.spec.template.metadata?.labels).toEqual({ 'zero-drop/twin': TWIN })
    expect(made()?.spec.template.spec.containers[0]).not.toHaveProperty('args')
    expect(shop.api.get(SERVICES, TWIN)).toMatchObject({
      spec: { type: 'NodePort', selector: { 'zero-drop/twin': TWIN }, ports: [{ port: 80 }] },
    })
    rollOut(TWIN, { hash: '8', from: [] })
    // The fake API assigns no node port, so the twin has the address of the original.
    await starting
    const rolling = run.target.rollout(new AbortController().signal)
    await sent(1)
    expect(made()?.spec.template.spec.containers[0]).toMatchObject({ image: 'shop:v3', command: ['node', 'naive.js'] })
    rollOut(TWIN, { hash: '9', from: [`${TWIN}-8-a`, `${TWIN}-8-b`] })
    expect(await rolling).toEqual({ status: 'finished' })
    expect(run.events.every((event) => !('pod' in event) || event.pod.startsWith(TWIN))).toBe(true)
    expect(await run.target.restore({ kept: true })).toBeUndefined()
    expect([made(), shop.api.get(SERVICES, TWIN)]).toEqual([undefined, undefined])
    expect(current().spec).toEqual(before.spec)
  })

  test('replaces the twin of an earlier run, and refuses the objects of somebody else', async () => {
    shop.api.put(DEPLOYMENTS, {
      metadata: { name: TWIN, uid: 'left-over', labels: { 'app.kubernetes.io/managed-by': 'zero-drop' } },
      spec: {},
    })
    const run = make({ twin })
    const starting = start(run).catch((error: unknown) => error)
    await expect.poll(() => made()?.metadata.uid, WAIT).not.toBe('left-over')
    await run.target.restore({ kept: false })
    expect(await starting).toMatchObject({ name: 'HarnessError' })
    expect(made()).toBeUndefined()

    shop.api.put(DEPLOYMENTS, { metadata: { name: TWIN }, spec: {} })
    expect(await usageError({ twin })).toBe(
      `Deployment ${TWIN} in namespace store has the name of the twin, but no earlier run created it: rename or remove it`,
    )
    expect(made()).toBeDefined()
  })

  test('with its own URL copies the Service that selects the pods, and no other', async () => {
    shop.api.remove(SERVICES, 'shop')
    shop.api.put(SERVICES, { metadata: { name: 'other' }, spec: { selector: { app: 'other' }, ports: [{ port: 1 }] } })
    const twinWithUrl = { ...twin, urls: [shop.url] }
    expect(await usageError({ twin: twinWithUrl })).toBe(
      'no Service of namespace store selects the pods of Deployment shop, so the twin has none to copy: create one, or leave the twin out with --no-twin',
    )
    shop.api.put(SERVICES, { metadata: { name: 'shop' }, spec: { selector: { app: 'shop' }, ports: [{ port: 80 }] } })
    const run = make({ twin: twinWithUrl })
    const starting = start(run)
    await expect.poll(() => shop.api.get(SERVICES, TWIN), WAIT).toMatchObject({ spec: { ports: [{ port: 80 }] } })
    rollOut(TWIN, { hash: '8', from: [] })
    await starting
    expect(run.target.urls).toEqual([shop.url])
  })

  test('is refused without a difference, without a known address, and with hostNetwork', async () => {
    expect(await usageError({ twin: {} })).toBe(
      'a twin without a difference proves nothing: give it a command or images of its own',
    )
    shop.api.put(SERVICES, { metadata: { name: 'shop' }, spec: { selector: { app: 'shop' }, ports: [{ port: 80 }] } })
    expect(await usageError({ twin })).toBe(
      `<url> is not a node port of a Service of Deployment shop, so the address of its twin is not known: give it with --twin-url (the Service ${TWIN} in namespace store leads to the twin)`,
    )
    deploy({ template: { ...template('shop:v2'), spec: { ...template('shop:v2').spec, hostNetwork: true } } })
    expect(await usageError({ twin })).toBe(
      'Deployment shop has hostNetwork: true, so a twin would need the same ports of the nodes: run without a twin, with --no-twin',
    )
    expect(made()).toBeUndefined()
  })
})
