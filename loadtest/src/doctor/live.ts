import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { reasonOf, UsageError } from '../base/errors.js'
import type { ClusterFacts } from './examine.js'
import type { KubeObject } from './model/kube-object.js'
import { parseObjects } from './model/parse.js'
import { backendsOf } from './model/service.js'
import { fields, list } from './model/values.js'
import { World } from './model/world.js'

export interface ClusterQuery {
  readonly namespace?: string | undefined
  readonly allNamespaces?: boolean | undefined
  readonly selector?: string | undefined
  /** How long kubectl waits for an answer. Default: 30 s. */
  readonly requestTimeoutSeconds?: number
  /** Only these workloads, as in `Deployment/shop`. */
  readonly workloads?: readonly string[]
  readonly nodes?: number | undefined
  readonly kubeconfig?: string | undefined
  readonly context?: string | undefined
}

export interface ClusterObjects {
  readonly objects: readonly KubeObject[]
  readonly facts: ClusterFacts
}

const run = promisify(execFile)
const MOST = 256 * 1024 * 1024

/** Read as a whole, because they refer to the workloads. Never Secrets. */
const WORKLOADS = ['deployments', 'statefulsets', 'daemonsets']
const OTHERS = [
  'services',
  'ingresses.networking.k8s.io',
  'poddisruptionbudgets',
  'horizontalpodautoscalers',
  'configmaps',
]
const ROLLED = new Set(['Deployment', 'StatefulSet', 'DaemonSet', 'Rollout'])
/** Kinds that not every cluster has. */
const OPTIONAL = [
  'rollouts.argoproj.io',
  'gateways.gateway.networking.k8s.io',
  'httproutes.gateway.networking.k8s.io',
  'scaledobjects.keda.sh',
]

/**
 * Reads the objects that run in a cluster, with `kubectl get`.
 *
 * @throws {UsageError} kubectl is missing, or the cluster cannot be read.
 */
export async function readCluster(query: ClusterQuery): Promise<ClusterObjects> {
  const { namespace, allNamespaces, selector, nodes } = query
  const where = allNamespaces ? ['--all-namespaces'] : namespace === undefined ? [] : ['--namespace', namespace]
  const chosen = selector === undefined ? [] : ['--selector', selector]
  const [workloads, others, found] = await Promise.all([
    get(query, [WORKLOADS.join(','), ...where, ...chosen]),
    get(query, [OTHERS.join(','), ...where]),
    nodes === undefined ? nodesOf(query) : Promise.resolve(nodes),
  ])
  const optional = await Promise.all(
    OPTIONAL.map((kind) =>
      get(query, [kind, ...where, ...(kind.startsWith('rollouts') ? chosen : [])]).catch(() => ''),
    ),
  )
  const all = [workloads, others, ...optional].flatMap((text) => objectsOf(text))
  const named = query.workloads
  const wanted = all.filter(
    ({ kind, name }) => named === undefined || !ROLLED.has(kind) || named.includes(`${kind}/${name}`),
  )
  return {
    objects: selector === undefined && named === undefined ? all : related(wanted),
    facts: { live: true, nodes: found },
  }
}

/** Runs kubectl. */
async function get(
  { kubeconfig, context, requestTimeoutSeconds = 30 }: ClusterQuery,
  words: readonly string[],
): Promise<string> {
  const credentials = [
    ...(kubeconfig === undefined ? [] : ['--kubeconfig', kubeconfig]),
    ...(context === undefined ? [] : ['--context', context]),
  ]
  const args = [...credentials, 'get', ...words, '--output', 'json', '--request-timeout', `${requestTimeoutSeconds}s`]
  try {
    const { stdout } = await run('kubectl', args, { maxBuffer: MOST })
    return stdout
  } catch (error) {
    const { code, stderr = '' } = error as { code?: unknown; stderr?: string }
    if (code === 'ENOENT')
      throw new UsageError('--live needs kubectl, which is not on the PATH: install it, or give manifests', {
        cause: error,
      })
    const reason = stderr.trim().split('\n').at(-1) ?? ''
    throw new UsageError(
      `kubectl get ${words[0]} failed: ${reason || reasonOf(error)}; check the kubeconfig, the namespace and your rights`,
      { cause: error },
    )
  }
}

/** The number of nodes that take pods. Undefined without the right to read nodes. */
async function nodesOf(query: ClusterQuery): Promise<number | undefined> {
  const text = await get(query, ['nodes']).catch(() => undefined)
  if (text === undefined) return undefined
  const nodes = list(fields(JSON.parse(text))['items'])
  return nodes.filter((node) => {
    const { unschedulable, taints } = fields(fields(node)['spec'])
    return (
      unschedulable !== true &&
      !list(taints).some((taint) => ['NoSchedule', 'NoExecute'].includes(String(fields(taint)['effect'])))
    )
  }).length
}

function objectsOf(text: string): readonly KubeObject[] {
  if (text === '') return []
  const parsed = parseObjects(text, 'the cluster', (kind, name) => ({
    file: `${kind}/${name}`,
    line: 0,
    column: 0,
    renderedIn: 'the cluster',
  }))
  return 'error' in parsed
    ? []
    : parsed.objects.filter(({ kind, name }) => kind !== 'ConfigMap' || name !== 'kube-root-ca.crt')
}

/** With a selector of workloads, objects of other workloads would seem to refer to nothing. */
function related(objects: readonly KubeObject[]): readonly KubeObject[] {
  const referring = new Set([
    'Service',
    'PodDisruptionBudget',
    'HorizontalPodAutoscaler',
    'ScaledObject',
    'Ingress',
    'HTTPRoute',
  ])
  const world = new World(objects)
  const services = new Set(
    world.workloads.flatMap((workload) => world.servicesOf(workload).map(({ object }) => object)),
  )
  const budgets = new Set(world.workloads.flatMap((workload) => world.budgetsOf(workload)))
  const scalers = new Set(world.workloads.map((workload) => world.autoscalerOf(workload)))
  const routes = (object: KubeObject): boolean =>
    backendsOf(object).some(({ service }) => [...services].some(({ name }) => name === service))
  return objects.filter(
    (object) =>
      !referring.has(object.kind) ||
      services.has(object) ||
      budgets.has(object) ||
      scalers.has(object) ||
      routes(object),
  )
}
