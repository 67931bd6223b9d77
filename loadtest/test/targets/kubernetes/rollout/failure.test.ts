import { describe, expect, test } from 'vitest'
import type { KubernetesTargetOptions } from '../../../../src/targets/kubernetes/kubernetes.js'
import {
  current,
  DEPLOYMENTS,
  make,
  owner,
  PODS,
  REPLICA_SETS,
  sent,
  shop,
  start,
  template,
  useShop,
} from '../../../fixtures/shop.js'

useShop()

const broken = (name: string, status: object): object => ({
  metadata: { name, labels: { app: 'shop', 'pod-template-hash': '3' } },
  spec: template('shop:v3').spec,
  status: { phase: 'Pending', ...status },
})

/** Rolls with this as the only new pod, and lets the time pass. */
async function failWith(status: object, options: Partial<KubernetesTargetOptions> = {}): Promise<unknown> {
  const run = make(options)
  await start(run)
  const rolling = run.target.rollout(new AbortController().signal)
  await sent(1)
  shop.api.put(REPLICA_SETS, {
    metadata: {
      name: 'shop-3',
      ownerReferences: owner('shop', 'shop-uid'),
      labels: { app: 'shop', 'pod-template-hash': '3' },
    },
    spec: { template: template('shop:v3', '3') },
  })
  shop.api.put(PODS, broken('shop-3-a', status))
  shop.api.put(DEPLOYMENTS, {
    ...current(),
    status: {
      ...current().status,
      observedGeneration: current().metadata.generation,
      updatedReplicas: 1,
      replicas: 3,
    },
  })
  return rolling
}

describe('a rollout that fails', () => {
  test('an invalid image name fails the rollout within seconds', async () => {
    const waiting = { reason: 'InvalidImageName', message: 'couldn’t parse image name' }
    expect(
      await failWith({ containerStatuses: [{ name: 'web', ready: false, restartCount: 0, state: { waiting } }] }),
    ).toEqual({
      status: 'failed',
      reason:
        'pod shop-3-a, container web: the image shop:v3 cannot be pulled: InvalidImageName: couldn’t parse image name',
    })
  })

  test('the time limit reports what the new pod waits for', async () => {
    const waiting = { reason: 'ErrImagePull', message: 'not found' }
    expect(
      await failWith(
        { containerStatuses: [{ name: 'web', ready: false, restartCount: 0, state: { waiting } }] },
        { timeoutMs: 1_500 },
      ),
    ).toEqual({
      status: 'failed',
      reason:
        'the rollout did not finish within 2 s (1 out of 2 new replicas have been updated): pod shop-3-a, container web: the image shop:v3 cannot be pulled: ErrImagePull: not found',
    })
  })

  test('a change by somebody else fails the rollout and is not overwritten', async () => {
    const run = make()
    await start(run)
    const rolling = run.target.rollout(new AbortController().signal)
    await sent(1)
    shop.api.put(DEPLOYMENTS, {
      ...current(),
      metadata: { ...current().metadata, generation: 6 },
      spec: { ...current().spec, template: template('shop:v9') },
    })
    expect(await rolling).toEqual({
      status: 'failed',
      reason: 'the Deployment was changed by somebody else during its rollout',
    })
    expect(await run.target.restore({ kept: false })).toBe(
      "Deployment shop was changed by somebody else after this run changed it, and stays as it is: see 'kubectl rollout history -n store deployment/shop'",
    )
    expect(current().spec.template).toEqual(template('shop:v9'))
  })

  test.each([
    ['kustomize-controller', "suspend it with 'flux suspend kustomization'"],
    ['argocd-controller', 'turn off the self-heal of its Application'],
  ])('a change by %s says that Git decides, and how to stop that', async (manager, how) => {
    const run = make()
    await start(run)
    const rolling = run.target.rollout(new AbortController().signal)
    await sent(1)
    const managedFields = ['kubectl', manager, 'zero-drop'].map((each, index) => ({
      manager: each,
      time: `2026-01-01T00:00:0${index}Z`,
    }))
    shop.api.put(DEPLOYMENTS, {
      ...current(),
      metadata: { ...current().metadata, generation: 6, managedFields },
      spec: { ...current().spec, template: template('shop:v9') },
    })
    expect(await rolling).toEqual({
      status: 'failed',
      reason: `the Deployment was changed by ${manager} during its rollout; it keeps the workload as it is in Git: ${how} during the run, or change it in Git and run zero-drop watch`,
    })
    await run.target.restore({ kept: false })
  })

  test('a refused change fails the rollout with the reason of the API', async () => {
    const run = make()
    await start(run)
    shop.api.failures.set(`PATCH ${DEPLOYMENTS}/shop`, {
      status: 403,
      reason: 'Forbidden',
      message: 'admission webhook "policy" denied the request: no',
    })
    expect(await run.target.rollout(new AbortController().signal)).toEqual({
      status: 'failed',
      reason:
        'the API refused to set image deployment/shop web=shop:v3: admission webhook "policy" denied the request: no',
    })
  })
})
