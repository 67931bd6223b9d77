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
    .toEqual({
      at: expect.any(Number) as number,
      type: 'rollout-progress',
      detail: 'shop: the change is not yet observed',
      updated: 0,
      desired: 2,
    })
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

test.each([
  ['without a command, more replicas are no rollout', [], 'failed'],
  ['with a command, more replicas are what it has changed', node(''), 'finished'],
])('%s', async (_, command, status) => {
  const watched = await watch({ command, patienceMs: 1_000 })
  await expect.poll(() => types(watched), WAIT).toContain('rollout-started')
  const { metadata, spec } = current()
  const generation = (metadata.generation ?? 0) + 1
  shop.api.put(PODS, runningPod('shop-2-c', '2', 'shop:v2'))
  shop.api.put(DEPLOYMENTS, {
    ...current(),
    metadata: { ...metadata, generation },
    spec: { ...spec, replicas: 3 },
    status: { observedGeneration: generation, replicas: 3, updatedReplicas: 3, readyReplicas: 3, availableReplicas: 3 },
  })
  expect(await watched.rolling).toMatchObject({ status })
  await watched.end()
})

test('says that a GitOps controller undid what the command changed', async () => {
  const before = current()
  const put = (change: object, image: string, generation: number): void =>
    shop.api.put(DEPLOYMENTS, {
      ...before,
      metadata: { ...before.metadata, generation, ...change },
      spec: { ...before.spec, template: template(image) },
      status: { ...before.status, observedGeneration: generation },
    })
  const watched = await watch({ command: node('setTimeout(() => {}, 300)') })
  const generation = before.metadata.generation ?? 0
  put({}, 'shop:v3', generation + 1)
  await expect.poll(() => watched.events.at(-1), WAIT).toMatchObject({ type: 'rollout-progress' })
  const managedFields = [
    { manager: 'kube-controller-manager', subresource: 'status', time: '2026-01-01T00:00:09Z' },
    { manager: 'kustomize-controller', time: '2026-01-01T00:00:08Z' },
    { manager: 'kubectl-set', time: '2026-01-01T00:00:07Z' },
  ]
  put({ managedFields }, 'shop:v2', generation + 2)
  expect(await watched.rolling).toEqual({
    status: 'failed',
    reason:
      "shop has its old template again: kustomize-controller undid the change; it keeps the workload as it is in Git: suspend it with 'flux suspend kustomization' during the run, or change it in Git and run zero-drop watch",
  })
  await watched.end()
})

test('says that the command took too long', async () => {
  const watched = await watch({ command: node('setInterval(() => {}, 1_000)'), timeoutMs: 500 })
  const reason = `${process.execPath} … did not end within 0.5 s (--timeout)`
  expect(await watched.rolling).toEqual({ status: 'failed', reason })
  await watched.end()
})

const labels = (hash: string): Record<string, string> => ({ app: 'shop', 'rollouts-pod-template-hash': hash })

const remove = (hash: string): void => {
  for (const pod of ['a', 'b']) shop.api.remove(PODS, `shop-${hash}-${pod}`)
}

const progress = ({ events }: Watched): unknown => {
  const event = events.findLast(({ type }) => type === 'rollout-progress')
  return event !== undefined && 'detail' in event ? event.detail : undefined
}

describe('a Rollout of Argo Rollouts', () => {
  const ROLLOUTS = '/apis/argoproj.io/v1alpha1/namespaces/store/rollouts'
  const workload = readWorkloadName('rollout/shop') ?? expect.fail('no kind')

  interface Put {
    readonly spec?: object
    readonly status?: object
  }

  /** Plays the controller: the Rollout has two pods of this revision. */
  function put(generation: number, hash: string, { spec = {}, status = {} }: Put = {}): void {
    shop.api.put(ROLLOUTS, {
      metadata: { name: 'shop', namespace: 'store', uid: 'rollout-uid', generation },
      spec: { replicas: 2, selector: { matchLabels: { app: 'shop' } }, template: template(`shop:v${hash}`), ...spec },
      // The controller writes the generation as text.
      status: {
        observedGeneration: String(generation),
        currentPodHash: hash,
        stableRS: hash,
        phase: 'Healthy',
        replicas: 2,
        updatedReplicas: 2,
        readyReplicas: 2,
        availableReplicas: 2,
        ...status,
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

  async function watching(options: Partial<KubernetesWatchOptions> = {}): Promise<Watched> {
    const watched = await watch({ workloads: [workload], ...options })
    await expect.poll(() => types(watched), WAIT).toContain('rollout-started')
    return watched
  }

  test('is followed to its end', async () => {
    put(1, '2')
    const watched = await watching()
    expect(watched.description).toContain('rollout/shop in namespace store')
    put(2, '3')
    remove('2')
    expect(await watched.rolling).toEqual({ status: 'finished' })
    await watched.end()
    expect(types(watched).filter((type) => type === 'pod-gone')).toHaveLength(2)
    expect(patches()).toEqual([])
  })

  test('whose pods are restarted is followed until its controller says that they are, although its numbers stay as they were', async () => {
    put(1, '2')
    const watched = await watching()
    const spec = { restartAt: '2026-01-01T00:00:00Z' }
    put(2, '2', { spec, status: { phase: 'Progressing', message: 'rollout is restarting' } })
    await expect.poll(() => progress(watched), WAIT).toBe('shop: rollout is restarting')
    put(2, '2', { spec })
    expect(await watched.rolling).toEqual({ status: 'finished' })
    await watched.end()
  })

  test('that is paused can be promoted: its generation stays', async () => {
    put(2, '2')
    put(2, '3', {
      status: { stableRS: '2', phase: 'Paused', message: 'BlueGreenPause', pauseConditions: [{}], replicas: 4 },
    })
    const watched = await watching()
    put(2, '3', { status: { replicas: 4 } })
    await expect.poll(() => progress(watched), WAIT).toBe('shop: 2 old replicas are pending termination')
    put(2, '3')
    remove('2')
    expect(await watched.rolling).toEqual({ status: 'finished' })
    await watched.end()
  })

  test('that is paused meanwhile says how to promote it', async () => {
    put(1, '2')
    const watched = await watching()
    put(2, '3', { status: { stableRS: '2', phase: 'Paused', message: 'CanaryPauseStep', updatedReplicas: 1 } })
    await expect
      .poll(() => progress(watched), WAIT)
      .toBe(
        "shop: it is paused (CanaryPauseStep) until its pause ends or somebody promotes it: 'kubectl argo rollouts promote shop -n store'",
      )
    watched.abort.abort()
    await watched.end()
  })

  test('that is aborted has failed as soon as only its stable version is left', async () => {
    put(1, '2')
    const watched = await watching()
    put(2, '3', { status: { stableRS: '2', phase: 'Progressing', updatedReplicas: 1 } })
    await expect.poll(() => progress(watched), WAIT).toBe('shop: 1 out of 2 new replicas have been updated')
    const aborted = { stableRS: '2', abort: true, phase: 'Degraded', updatedReplicas: 0 }
    put(2, '3', { status: { ...aborted, replicas: 4 } })
    await expect
      .poll(() => progress(watched), WAIT)
      .toBe('shop: it was aborted, and 2 pods of the aborted version are left')
    put(2, '3', { status: aborted })
    remove('3')
    const reason = 'shop: it was aborted, and only its stable version serves'
    expect(await watched.rolling).toEqual({ status: 'failed', reason })
    await watched.end()
  })

  test('whose spec its controller refuses has failed', async () => {
    put(1, '2')
    const watched = await watching()
    const message = 'InvalidSpec: spec.strategy.blueGreen.activeService: Invalid value'
    put(2, '2', {
      spec: { strategy: { blueGreen: { activeService: 'none' } } },
      status: { phase: 'Degraded', message },
    })
    const reason = `shop: its controller refuses it (${message})`
    expect(await watched.rolling).toEqual({ status: 'failed', reason })
    await watched.end()
  })

  test('in the middle of a rollout is refused, with the command that waits for it', async () => {
    put(1, '2', { status: { phase: 'Progressing', message: 'more replicas need to be updated' } })
    await expect(watch({ workloads: [workload] })).rejects.toThrow(
      "Rollout shop is not fully rolled out (more replicas need to be updated): wait for 'kubectl argo rollouts status shop -n store'",
    )
  })

  test('that takes its template from a Deployment is followed, although only its hash changes', async () => {
    const spec = { workloadRef: { kind: 'Deployment', name: 'shop' }, selector: undefined, template: undefined }
    put(1, '2', { spec })
    const watched = await watching()
    put(1, '3', { spec })
    remove('2')
    expect(await watched.rolling).toEqual({ status: 'finished' })
    await watched.end()
  })

  test('that takes its template from something else is refused', async () => {
    put(1, '2', { spec: { workloadRef: { kind: 'PodTemplate', name: 'shop' } } })
    await expect(watch({ workloads: [workload] })).rejects.toThrow(
      'the workloadRef of Rollout shop is a PodTemplate, which zero-drop does not read: watch its URL from outside, with --url',
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
