import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeEach, describe, expect, test } from 'vitest'
import { PLAIN } from '../../../src/base/wire/access.ts'
import { loadKubeconfig } from '../../../src/targets/kubernetes/api/kubeconfig.ts'
import { JobHost } from '../../../src/workers/kubernetes/job-host.ts'
import type { WorkerSpec } from '../../../src/workers/spec.ts'
import { FakeApi } from '../../fixtures/fake-api.ts'
import { profile } from '../../fixtures/service.ts'

const JOBS = '/apis/batch/v1/namespaces/store/jobs'
const SECRETS = '/api/v1/namespaces/store/secrets'
const PODS = '/api/v1/namespaces/store/pods'
const SERVICES = '/api/v1/namespaces/store/services'
const NAME = 'zero-drop-load-abc123'

const folder = mkdtempSync(join(tmpdir(), 'job-host-'))
let api: FakeApi
let host: JobHost
afterAll(() => rmSync(folder, { recursive: true, force: true }))
beforeEach(async () => {
  api = new FakeApi()
  await api.listen()
  api.serve(JOBS, SECRETS, PODS, SERVICES)
  const config = await loadKubeconfig({ kubeconfig: api.kubeconfig(folder) })
  host = new JobHost({ config, namespace: 'store', image: 'registry.example.org/zero-drop:1', longestSeconds: 2_100 })
})
afterEach(async () => {
  await host.remove()
  await api.vanish()
})

const spec: WorkerSpec = {
  runId: 'zd-abc123',
  urls: ['http://shop.store.svc:80'],
  access: { ...PLAIN, headers: [['Authorization', 'Bearer of-the-user']] },
  addresses: {},
  profile,
  clients: ['keep-alive'],
  rate: 100,
  seed: 1,
  workers: 3,
  limits: { connectMs: 1_000, answerMs: 1_000 },
}

interface Job {
  readonly metadata: { readonly uid: string }
  readonly spec: {
    readonly template: { readonly spec: Record<string, unknown> & { readonly containers: readonly object[] } }
  }
}

/** A pod of the Job, as its controller, the scheduler and the kubelet report it. */
function pod(index: number, status: object, { name = `${NAME}-${index}-x`, node = 'node1' } = {}): void {
  const labels = { 'zero-drop/load': NAME, 'batch.kubernetes.io/job-completion-index': String(index) }
  const containers = [{ name: 'worker', image: 'registry.example.org/zero-drop:1' }]
  api.put(PODS, { metadata: { name, labels }, spec: { nodeName: node, containers }, status })
}

const container = (state: object): object => ({
  phase: 'Running',
  containerStatuses: [{ name: 'worker', ready: false, restartCount: 0, state }],
})

/** Waits until the reason is known. */
const lost = (index: number) => expect.poll(() => host.whyLost(index), { interval: 100, timeout: 60_000 })

describe('the Job of the workers', () => {
  test('runs them without rights, under the Pod Security Standard restricted, spread over the nodes', async () => {
    await host.create(spec)
    const job = api.get<Job>(JOBS, NAME)
    expect(job?.spec).toMatchObject({
      completionMode: 'Indexed',
      completions: 3,
      parallelism: 3,
      backoffLimitPerIndex: 0,
      activeDeadlineSeconds: 2_100,
    })
    expect(job?.spec.template.spec).toMatchObject({
      restartPolicy: 'Never',
      automountServiceAccountToken: false,
      enableServiceLinks: false,
      securityContext: { runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } },
      topologySpreadConstraints: [{ maxSkew: 1, topologyKey: 'kubernetes.io/hostname' }],
    })
    expect(job?.spec.template.spec.containers).toMatchObject([
      {
        image: 'registry.example.org/zero-drop:1',
        args: ['worker', '--spec', '/etc/zero-drop/spec.json'],
        securityContext: {
          allowPrivilegeEscalation: false,
          readOnlyRootFilesystem: true,
          capabilities: { drop: ['ALL'] },
        },
      },
    ])
    expect(job?.spec.template.spec['serviceAccountName']).toBeUndefined()
  })

  test('has the spec in a Secret that belongs to it, and nowhere else', async () => {
    await host.create(spec)
    const { uid } = api.get<Job>(JOBS, NAME)?.metadata ?? {}
    expect(api.get(SECRETS, NAME)).toMatchObject({
      metadata: { ownerReferences: [{ kind: 'Job', name: NAME, uid }] },
      stringData: { 'spec.json': JSON.stringify(spec) },
    })
    expect(JSON.stringify(api.get(JOBS, NAME))).not.toContain('of-the-user')
  })

  test('needs rights that are asked for before it is created', async () => {
    api.denied.add('create pods/portforward').add('create jobs')
    await expect(host.create(spec)).rejects.toThrow(
      /may not create jobs\.batch, create pods\/portforward in namespace store; an administrator grants it with: /u,
    )
    expect(api.get(JOBS, NAME)).toBeUndefined()
  })

  test('and its Secret are removed, and the message names objects that cannot be removed', async () => {
    await host.create(spec)
    expect(await host.remove()).toBeUndefined()
    expect([api.get(JOBS, NAME), api.get(SECRETS, NAME)]).toEqual([undefined, undefined])
    const deletion = api.requests.find(({ method, path }) => method === 'DELETE' && path.startsWith(JOBS))
    expect(deletion?.body).toEqual({ propagationPolicy: 'Foreground' })
    api.put(JOBS, { metadata: { name: NAME } })
    api.failures.set(`DELETE ${JOBS}/${NAME}`, { status: 403, reason: 'Forbidden', message: 'forbidden' })
    expect(await host.remove()).toBe(
      `the Job ${NAME} of the workers could not be removed (forbidden): remove it with 'kubectl delete -n store job,secret ${NAME}'`,
    )
    api.failures.clear()
  })

  test('finds the address of the Service in a URL, and none of another host or a headless Service', async () => {
    api.put(SERVICES, { metadata: { name: 'shop' }, spec: { clusterIP: '10.0.0.7' } })
    api.put(SERVICES, { metadata: { name: 'headless' }, spec: { clusterIP: 'None' } })
    const urls = [
      'http://shop.store.svc:80',
      'http://headless.store.svc:80',
      'http://gone.store.svc',
      'http://192.0.2.1',
    ]
    expect(await host.addresses(urls)).toEqual({ 'http://shop.store.svc:80': '10.0.0.7' })
  })
})

describe('a lost worker', () => {
  beforeEach(() => host.create(spec))

  test('is named with its pod and its node, and the reason that Kubernetes gives', async () => {
    pod(0, container({ running: {} }))
    pod(1, container({ terminated: { exitCode: 137, reason: 'OOMKilled' } }), { node: 'node2' })
    pod(2, { phase: 'Failed', reason: 'Evicted', message: 'The node was low on resource: memory.' })
    await lost(1).toBe('its container ended with exit code 137 (OOMKilled)')
    await lost(2).toBe('its pod failed: Evicted The node was low on resource: memory.')
    expect(host.whyLost(0)).toBeUndefined()
    expect([host.place(0), host.place(1)]).toEqual([
      { pod: `${NAME}-0-x`, node: 'node1' },
      { pod: `${NAME}-1-x`, node: 'node2' },
    ])
  })

  test('may have been deleted, and a pod in its place does not count', async () => {
    pod(0, container({ running: {} }))
    await expect.poll(() => host.place(0)?.pod).toBe(`${NAME}-0-x`)
    api.remove(PODS, `${NAME}-0-x`)
    await lost(0).toBe('its pod was deleted')
    pod(0, container({ running: {} }), { name: `${NAME}-0-y` })
    pod(1, container({ running: {} }))
    await expect.poll(() => host.place(1)?.pod).toBe(`${NAME}-1-x`)
    expect([host.place(0)?.pod, host.whyLost(0)]).toEqual([`${NAME}-0-x`, 'its pod was deleted'])
  })

  test('has an image that cannot be pulled, or cannot be scheduled, for long enough', async () => {
    const waiting = { reason: 'InvalidImageName', message: 'invalid reference format' }
    for (const index of [0, 2]) pod(index, { ...container({ waiting }), phase: 'Pending' })
    await expect
      .poll(() => [0, 2].map((index) => host.whyLost(index)), { interval: 100, timeout: 60_000 })
      .not.toContain(undefined)
    expect(host.whyLost(0)).toMatch(
      /pod zero-drop-load-abc123-0-x, container worker: the image .* cannot be pulled: InvalidImageName/u,
    )
    const message = '0/2 nodes are available: 2 Insufficient cpu.'
    pod(1, {
      phase: 'Pending',
      conditions: [{ type: 'PodScheduled', status: 'False', reason: 'Unschedulable', message }],
    })
    await expect.poll(() => host.waitsFor(1)).toMatch(/cannot be scheduled: Unschedulable 0\/2 nodes are available/u)
    expect(host.waitsFor(3)).toBe('the Job controller has created no pod for it')
  })
})
