import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { parseAllDocuments, stringify } from 'yaml'
import { findingsInCluster } from '../../src/doctor/before-rollout.ts'
import { examine } from '../../src/doctor/examine.ts'
import { readCluster, type ClusterQuery } from '../../src/doctor/live.ts'
import { RIGHT } from './fixtures/manifest.ts'

type Body = Record<string, unknown>

/** The kinds of the API, each with its path and its resource. */
const KINDS: Readonly<Record<string, readonly [path: string, resource: string]>> = {
  Deployment: ['/apis/apps/v1', 'deployments'],
  StatefulSet: ['/apis/apps/v1', 'statefulsets'],
  DaemonSet: ['/apis/apps/v1', 'daemonsets'],
  Service: ['/api/v1', 'services'],
  ConfigMap: ['/api/v1', 'configmaps'],
  Secret: ['/api/v1', 'secrets'],
  Node: ['/api/v1', 'nodes'],
  Namespace: ['/api/v1', 'namespaces'],
  Ingress: ['/apis/networking.k8s.io/v1', 'ingresses'],
  PodDisruptionBudget: ['/apis/policy/v1', 'poddisruptionbudgets'],
  HorizontalPodAutoscaler: ['/apis/autoscaling/v2', 'horizontalpodautoscalers'],
  Rollout: ['/apis/argoproj.io/v1alpha1', 'rollouts'],
  TargetGroupBinding: ['/apis/elbv2.k8s.aws/v1beta1', 'targetgroupbindings'],
}

const folder = mkdtempSync(join(tmpdir(), 'zero-drop-live-'))
const kubeconfig = join(folder, 'kubeconfig')
const hasKubectl = spawnSync('kubectl', ['version', '--client']).status === 0
const requests: string[] = []
let objects: readonly Body[] = []
let server: Server
/** The resource that the user may not read. */
let forbidden = ''

const groupVersion = (base: string): string => base.replace(/^\/apis?\//u, '')

/** An API server with discovery and lists, enough for `kubectl get`. */
function answer(path: string): Body | undefined {
  const groups = [...new Set(Object.values(KINDS).map(([base]) => base))].filter((base) => base.startsWith('/apis/'))
  if (path === '/api') return { kind: 'APIVersions', versions: ['v1'] }
  if (path === '/apis') {
    const listed = groups.map((base) => {
      const [, , name = '', version = ''] = base.split('/')
      const preferredVersion = { groupVersion: `${name}/${version}`, version }
      return { name, versions: [preferredVersion], preferredVersion }
    })
    return { kind: 'APIGroupList', apiVersion: 'v1', groups: listed }
  }
  const known = Object.entries(KINDS)
  const here = known.filter(([, [base]]) => base === path)
  if (here.length > 0) {
    const resources = here.map(([kind, [, name]]) => ({
      name,
      singularName: kind.toLowerCase(),
      namespaced: kind !== 'Node' && kind !== 'Namespace',
      kind,
      verbs: ['get', 'list'],
    }))
    return { kind: 'APIResourceList', apiVersion: 'v1', groupVersion: groupVersion(path), resources }
  }
  for (const [kind, [base, resource]] of known) {
    const [, namespace] = new RegExp(`^${base}(?:/namespaces/([^/]+))?/${resource}$`, 'u').exec(path) ?? ['', undefined]
    if (path !== `${base}/${resource}` && namespace === undefined) continue
    const items = objects.filter(
      (object) =>
        object['kind'] === kind && (namespace === undefined || (object['metadata'] as Body)['namespace'] === namespace),
    )
    return { kind: `${kind}List`, apiVersion: groupVersion(base), metadata: {}, items }
  }
  return undefined
}

beforeAll(async () => {
  server = createServer((request, response) => {
    const { pathname } = new URL(request.url ?? '/', 'http://api')
    requests.push(`${request.method} ${pathname}`)
    if (forbidden !== '' && pathname.endsWith(`/${forbidden}`)) {
      response.writeHead(403, { 'content-type': 'application/json' })
      const status = { kind: 'Status', apiVersion: 'v1', status: 'Failure', code: 403, reason: 'Forbidden' }
      response.end(JSON.stringify({ ...status, message: `${forbidden} is forbidden` }))
      return
    }
    const body = answer(pathname)
    response.writeHead(body === undefined ? 404 : 200, { 'content-type': 'application/json' })
    response.end(
      JSON.stringify(body ?? { kind: 'Status', apiVersion: 'v1', status: 'Failure', code: 404, reason: 'NotFound' }),
    )
  })
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  const config = {
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: 'a', cluster: { server: `http://127.0.0.1:${port}` } }],
    contexts: [{ name: 'a', context: { cluster: 'a', user: 'a', namespace: 'shop' } }],
    users: [{ name: 'a', user: {} }],
    'current-context': 'a',
  }
  writeFileSync(kubeconfig, stringify(config))
})
afterAll(async () => {
  await new Promise((resolve) => server.close(resolve))
  rmSync(folder, { recursive: true, force: true })
})

const bodies = (text: string): Body[] => parseAllDocuments(text).map((document) => document.toJS() as Body)
const rulesIn = async (query: ClusterQuery = {}): Promise<string[]> => {
  const found = await readCluster({ kubeconfig, ...query })
  return examine(found.objects, found.facts).findings.map(({ rule, object }) => `${rule.id} ${object}`)
}
const severities = async (): Promise<string[]> => {
  const { objects: read, facts } = await readCluster({ kubeconfig })
  return examine(read, facts).findings.map(({ rule, severity }) => `${severity} ${rule.id}`)
}
const rulesOf = async (workload: string): Promise<string[]> =>
  (await findingsInCluster({ kubeconfig, workloads: [workload] })).map(({ rule, place }) => `${rule} ${place}`)
const namespace = (labels: object): Body => ({
  apiVersion: 'v1',
  kind: 'Namespace',
  metadata: { name: 'shop', labels },
})
const node = (name: string, spec: object = {}): Body => ({ apiVersion: 'v1', kind: 'Node', metadata: { name }, spec })

describe.runIf(hasKubectl)('zero-drop doctor --live', () => {
  it('reads the namespace of the kubeconfig, another one, or all, and never a Secret', async () => {
    const wrong = RIGHT.replace('maxUnavailable: 0', 'maxUnavailable: 100%')
    objects = [...bodies(RIGHT), ...bodies(wrong.replaceAll('namespace: shop', 'namespace: store'))]
    expect(await rulesIn()).toEqual([])
    expect(await rulesIn({ namespace: 'store' })).toEqual(['max-unavailable Deployment store/shop'])
    expect(await rulesIn({ allNamespaces: true })).toEqual(['max-unavailable Deployment store/shop'])
    expect(requests.filter((request) => request.includes('secrets'))).toEqual([])
    expect(requests.filter((request) => !request.startsWith('GET '))).toEqual([])
  })

  it('counts the nodes that take pods', async () => {
    const host = RIGHT.replace('    spec:\n      term', '    spec:\n      hostNetwork: true\n      term')
    const control = node('control', {
      taints: [{ key: 'node-role.kubernetes.io/control-plane', effect: 'NoSchedule' }],
    })
    objects = [...bodies(host), node('one'), node('two'), node('three'), control, node('away', { unschedulable: true })]
    expect(await rulesIn()).toEqual(['surge-without-node Deployment shop/shop'])
    objects = [...objects, node('four')]
    expect(await rulesIn()).toEqual([])
  })

  it('reads the label of the namespace that injects readiness gates', async () => {
    const binding = bodies(
      '{apiVersion: elbv2.k8s.aws/v1beta1, kind: TargetGroupBinding, metadata: {name: shop, namespace: shop}, spec: {targetType: ip, serviceRef: {name: shop}}}',
    )
    objects = [...bodies(RIGHT), ...binding, namespace({})]
    const { objects: read, facts } = await readCluster({ kubeconfig })
    expect(examine(read, facts).findings.map(({ rule, severity }) => `${severity} ${rule.id}`)).toEqual([
      'warning no-readiness-gate',
    ])
    objects = [...bodies(RIGHT), ...binding, namespace({ 'elbv2.k8s.aws/pod-readiness-gate-inject': 'enabled' })]
    expect(await rulesIn()).toEqual([])
  })

  it('before a run, checks the workload of the run alone', async () => {
    const second = RIGHT.replaceAll('name: shop', 'name: other')
      .replaceAll('app: shop', 'app: other')
      .replace('replicas: 3', 'replicas: 1')
    objects = [...bodies(RIGHT), ...bodies(second)]
    expect(await rulesOf('Deployment/shop')).toEqual([])
    expect(await rulesOf('Deployment/other')).toEqual(['single-replica Deployment/other'])
  })

  it('reads what it may read', async () => {
    objects = bodies(RIGHT.replace('maxUnavailable: 0', 'maxUnavailable: 100%'))
    forbidden = 'configmaps'
    try {
      expect(await rulesIn()).toEqual(['max-unavailable Deployment shop/shop'])
      const { unread } = await readCluster({ kubeconfig })
      expect(unread).toEqual([expect.stringContaining('configmaps')])
      forbidden = 'rollouts'
      expect(await rulesIn()).toEqual(['max-unavailable Deployment shop/shop'])
      forbidden = 'poddisruptionbudgets'
      expect(await rulesIn()).toEqual(['max-unavailable Deployment shop/shop'])
      forbidden = 'daemonsets'
      expect(await rulesIn()).toEqual(['max-unavailable Deployment shop/shop'])
      forbidden = 'deployments'
      await expect(rulesIn()).rejects.toThrow(/^kubectl get deployments,.* failed: .*forbidden/u)
    } finally {
      forbidden = ''
    }
  })

  it('keeps the severity of a workload whose Service it may not read', async () => {
    objects = bodies(RIGHT.replace('maxUnavailable: 0', 'maxUnavailable: 100%'))
    expect(await severities()).toEqual(['error max-unavailable'])
    try {
      forbidden = 'services'
      expect(await severities()).toEqual(['error max-unavailable'])
    } finally {
      forbidden = ''
    }
  })

  it('does not miss what it may not read', async () => {
    const canary = { metadata: { name: 'canary', namespace: 'shop' } }
    const selector = { matchLabels: { app: 'canary' } }
    objects = [
      ...bodies(RIGHT),
      { apiVersion: 'v1', kind: 'Service', ...canary, spec: { selector: selector.matchLabels, ports: [{ port: 80 }] } },
      { apiVersion: 'policy/v1', kind: 'PodDisruptionBudget', ...canary, spec: { maxUnavailable: 1, selector } },
      {
        apiVersion: 'autoscaling/v2',
        kind: 'HorizontalPodAutoscaler',
        ...canary,
        spec: { minReplicas: 2, maxReplicas: 3, scaleTargetRef: { kind: 'Rollout', name: 'canary' } },
      },
    ]
    const missing = [
      'hpa-target HorizontalPodAutoscaler shop/canary',
      'pdb-protects-nothing PodDisruptionBudget shop/canary',
      'service-selects-nothing Service shop/canary',
    ]
    expect((await rulesIn()).toSorted()).toEqual(missing)
    try {
      forbidden = 'rollouts'
      expect(await rulesIn()).toEqual([])
      forbidden = 'statefulsets'
      expect(await rulesIn()).toEqual(['hpa-target HorizontalPodAutoscaler shop/canary'])
      forbidden = 'poddisruptionbudgets'
      expect(await rulesIn()).not.toContain('no-pdb Deployment shop/shop')
    } finally {
      forbidden = ''
    }
  })

  it('reads a cluster in which the server of another API is away', async () => {
    objects = bodies(RIGHT.replace('maxUnavailable: 0', 'maxUnavailable: 100%'))
    // The discovery of this group fails.
    forbidden = 'v1alpha1'
    try {
      expect(await rulesIn()).toEqual(['max-unavailable Deployment shop/shop'])
    } finally {
      forbidden = ''
    }
  })

  it('refuses a namespace in which nothing runs', async () => {
    await expect(readCluster({ kubeconfig, namespace: 'empty' })).rejects.toThrow('namespace empty has no Deployment')
    await expect(readCluster({ kubeconfig, namespace: 'empty', selector: 'app=none' })).rejects.toThrow(
      'with the labels app=none: choose other labels with -l, name another namespace with -n',
    )
  })
})
