import { describe, expect, test } from 'vitest'
import { createKubernetesWatch, type KubernetesWatchOptions } from '../../../../src/targets/kubernetes/watch/watch.js'
import { nameOf } from '../../../../src/targets/command.js'
import { DEPLOYMENT, readWorkloadName } from '../../../../src/targets/kubernetes/workload/kinds.js'
import type { RolloutOutcome, TargetEvent } from '../../../../src/targets/target.js'
import {
  current,
  DEPLOYMENTS,
  patches,
  PODS,
  REPLICA_SETS,
  rollOut,
  runningPod,
  shop,
  template,
  useShop,
  WAIT,
} from '../../../fixtures/shop.js'

useShop()

interface Watched {
  readonly events: TargetEvent[]
  readonly description: string
  readonly rolling: Promise<RolloutOutcome>
  readonly abort: AbortController
  end(): Promise<string | undefined>
}

async function watch(options: Partial<KubernetesWatchOptions> = {}): Promise<Watched> {
  const target = createKubernetesWatch({
    namespace: 'store',
    workloads: [{ kind: DEPLOYMENT, name: 'shop' }],
    urls: [shop.url],
    command: [],
    patienceMs: 60_000,
    timeoutMs: 60_000,
    kubeconfig: shop.api.kubeconfig(shop.folder),
    ...options,
  })
  const events: TargetEvent[] = []
  await target.start((event) => events.push(event))
  const abort = new AbortController()
  const rolling = target.rollout(abort.signal)
  return { events, description: target.description, rolling, abort, end: async () => target.restore({ kept: true }) }
}

/** Somebody changes the Deployment, and its controller rolls it out. */
function somebodyRolls(): void {
  const { metadata, spec } = current()
  const changed = { ...metadata, generation: (metadata.generation ?? 0) + 1 }
  shop.api.put(DEPLOYMENTS, { ...current(), metadata: changed, spec: { ...spec, template: template('shop:v3') } })
}

const node = (code: string): string[] => [process.execPath, '-e', code]
const types = ({ events }: Watched): string[] => events.map(({ type }) => type)

test('follows a rollout that somebody else makes, and changes nothing', async () => {
  const watched = await watch()
  expect(watched.description).toMatch(/^deployment\/shop in namespace store of fake, rolled out by somebody else$/u)
  await expect.poll(() => types(watched), WAIT).toContain('rollout-started')
  somebodyRolls()
  await expect
    .poll(() => watched.events.at(-1), WAIT)
    .toMatchObject({ type: 'rollout-progress', detail: 'shop: the change is not yet observed' })
  rollOut()
  expect(await watched.rolling).toEqual({ status: 'finished' })
  expect(await watched.end()).toBeUndefined()
  const seen = types(watched)
  expect(seen.filter((type) => type === 'pod-terminating')).toHaveLength(2)
  expect(seen.filter((type) => type === 'pod-gone')).toHaveLength(2)
  expect(seen.at(-1)).toBe('rollout-finished')
  expect(patches()).toEqual([])
})

test('needs no right to change anything', async () => {
  for (const verb of ['patch', 'create', 'delete']) shop.api.denied.add(`${verb} deployments`)
  const watched = await watch({ patienceMs: 10 })
  expect((await watched.rolling).status).toBe('failed')
  await watched.end()
  shop.api.denied.add('watch pods')
  await expect(watch()).rejects.toThrow(/may not watch pods in namespace store/u)
})

test('waits for the command, and then for what it has started', async () => {
  const watched = await watch({ command: node('setTimeout(() => {}, 300)') })
  somebodyRolls()
  rollOut()
  expect(await watched.rolling).toEqual({ status: 'finished' })
  await watched.end()
})

test.each([
  ['the exit code of the command', node('process.exit(7)'), `${process.execPath} … ended with exit code 7`],
  [
    'the signal that ended it',
    node('process.kill(process.pid, "SIGKILL")'),
    `${process.execPath} … ended with SIGKILL`,
  ],
  [
    'a command that changes nothing',
    node(''),
    'shop did not change within 0.2 s after the command: name what the command rolls out with --workload, or wait longer with --for',
  ],
  ['that nothing changes', [], 'shop did not change within 0.2 s: roll it out, or wait longer with --for'],
])('reports %s', async (_, command, reason) => {
  const watched = await watch({ command, patienceMs: 200 })
  expect(await watched.rolling).toEqual({ status: 'failed', reason })
  expect(watched.events.at(-1)).toMatchObject({ type: 'rollout-failed', reason })
  await watched.end()
})

test('without a command it waits for every named workload', async () => {
  shop.api.put(DEPLOYMENTS, {
    ...structuredClone(current()),
    metadata: { name: 'cart', namespace: 'store', uid: 'shop-uid', generation: 4 },
  })
  const workloads = ['shop', 'cart'].map((name) => ({ kind: DEPLOYMENT, name }))
  const watched = await watch({ workloads, timeoutMs: 3_000 })
  expect(watched.description).toContain('deployment/shop, deployment/cart')
  somebodyRolls()
  rollOut()
  const reason = expect.stringMatching(/^it did not finish within 3 s /u) as string
  expect(await watched.rolling).toEqual({ status: 'failed', reason })
  await watched.end()
})

test('sees pods that somebody deletes, although the workload stays as it is', async () => {
  const watched = await watch()
  await expect.poll(() => types(watched), WAIT).toContain('rollout-started')
  const pod = shop.api.get<{ metadata: object }>(PODS, 'shop-2-a')
  shop.api.put(PODS, { ...pod, metadata: { ...pod?.metadata, deletionTimestamp: '2026-01-01T00:00:00Z' } })
  await expect.poll(() => types(watched), WAIT).toContain('pod-terminating')
  shop.api.put(PODS, runningPod('shop-2-c', '2', 'shop:v2'))
  shop.api.remove(PODS, 'shop-2-a')
  expect(await watched.rolling).toEqual({ status: 'finished' })
  await watched.end()
})

test('says that the command took too long', async () => {
  const watched = await watch({ command: node('setInterval(() => {}, 1_000)'), timeoutMs: 500 })
  const reason = `${process.execPath} … did not end within 0.5 s (--timeout)`
  expect(await watched.rolling).toEqual({ status: 'failed', reason })
  await watched.end()
})

const labels = (hash: string): Record<string, string> => ({ app: 'shop', 'rollouts-pod-template-hash': hash })

describe('a Rollout of Argo Rollouts', () => {
  const ROLLOUTS = '/apis/argoproj.io/v1alpha1/namespaces/store/rollouts'
  const workload = readWorkloadName('rollout/shop') ?? expect.fail('no kind')

  /** Plays the controller: the Rollout has two pods of this revision. */
  function put(generation: number, hash: string, change: object = {}): void {
    shop.api.put(ROLLOUTS, {
      metadata: { name: 'shop', namespace: 'store', uid: 'rollout-uid', generation },
      spec: { replicas: 2, selector: { matchLabels: { app: 'shop' } }, template: template(`shop:v${hash}`), ...change },
      // The controller writes the generation as text.
      status: {
        observedGeneration: String(generation),
        currentPodHash: hash,
        replicas: 2,
        updatedReplicas: 2,
        readyReplicas: 2,
        availableReplicas: 2,
      },
    })
    shop.api.put(REPLICA_SETS, {
      metadata: {
        name: `shop-${hash}`,
        labels: labels(hash),
        annotations: { 'rollout.argoproj.io/revision': hash },
        ownerReferences: [{ kind: 'Rollout', name: 'shop', uid: 'rollout-uid' }],
      },
      spec: { template: template(`shop:v${hash}`) },
    })
    for (const pod of ['a', 'b']) {
      shop.api.put(PODS, runningPod(`shop-${hash}-${pod}`, hash, `shop:v${hash}`, labels(hash)))
    }
  }

  test('is followed to its end', async () => {
    put(1, '2')
    const watched = await watch({ workloads: [workload] })
    expect(watched.description).toContain('rollout/shop in namespace store')
    await expect.poll(() => types(watched), WAIT).toContain('rollout-started')
    put(2, '3')
    for (const pod of ['a', 'b']) shop.api.remove(PODS, `shop-2-${pod}`)
    expect(await watched.rolling).toEqual({ status: 'finished' })
    await watched.end()
    expect(types(watched).filter((type) => type === 'pod-gone')).toHaveLength(2)
    expect(patches()).toEqual([])
  })

  test('without a template of its own is refused', async () => {
    put(1, '2', { workloadRef: { kind: 'Deployment', name: 'shop' } })
    await expect(watch({ workloads: [workload] })).rejects.toThrow(
      /Rollout shop has a workloadRef .* without --workload/u,
    )
  })
})

test('ends a command that still runs when the run is interrupted', async () => {
  const watched = await watch({ command: node('setInterval(() => {}, 1_000)') })
  await expect.poll(() => types(watched), WAIT).toContain('rollout-started')
  watched.abort.abort()
  expect(await watched.rolling).toEqual({ status: 'interrupted' })
  await watched.end()
})

test('no report has the flags of the command, which can be secrets', () => {
  expect(nameOf(['helm', 'upgrade', 'shop', '--set', 'token=x'])).toBe('helm upgrade shop …')
  expect(nameOf(['./deploy.sh'])).toBe('./deploy.sh')
  expect(nameOf([])).toBe('')
})
