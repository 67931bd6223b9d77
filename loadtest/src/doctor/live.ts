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
  /** The kinds that could not be read, with the reason of each. What needs them can be missing or wrong. */
  readonly unread: readonly string[]
}

interface Options {
  /** Gets the reason if a part cannot be read; the rest is returned. */
  readonly partly?: (reason: string) => void
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
const ROLLOUTS = 'rollouts.argoproj.io'
const OPTIONAL = [
  'gateways.gateway.networking.k8s.io',
  'gatewayclasses.gateway.networking.k8s.io',
  'ingressclasses.networking.k8s.io',
  'ingressclassparams.elbv2.k8s.aws',
  'loadbalancerconfigurations.gateway.k8s.aws',
  'targetgroupbindings.elbv2.k8s.aws',
  'targetgroupconfigurations.gateway.k8s.aws',
  'httproutes.gateway.networking.k8s.io',
  'scaledobjects.keda.sh',
  'backendconfigs.cloud.google.com',
  'gcpbackendpolicies.networking.gke.io',
  'backendtrafficpolicies.gateway.envoyproxy.io',
  'destinationrules.networking.istio.io',
  'virtualservices.networking.istio.io',
  'httpproxies.projectcontour.io',
  'ingressroutes.traefik.io',
  'serverstransports.traefik.io',
  'virtualservers.k8s.nginx.org',
  'virtualserverroutes.k8s.nginx.org',
]

/**
 * Reads the objects that run in a cluster, with `kubectl get`.
 *
 * @throws {UsageError} kubectl is missing, the cluster cannot be read, or nothing runs there.
 */
export async function readCluster(query: ClusterQuery): Promise<ClusterObjects> {
  const { namespace, allNamespaces, selector, nodes } = query
  const where = allNamespaces ? ['--all-namespaces'] : namespace === undefined ? [] : ['--namespace', namespace]
  const chosen = selector === undefined ? [] : ['--selector', selector]
  const known = await knownKinds(query)
  const unread: string[] = []
  const partly = { partly: (reason: string) => void unread.push(reason) }
  // The label that injects readiness gates is one of the namespace.
  const labelled = known.has('targetgroupbindings.elbv2.k8s.aws') ? ['namespaces'] : []
  const referring = [...OTHERS, ...OPTIONAL.filter((kind) => known.has(kind)), ...labelled]
  const [workloads, rollouts, others, found] = await Promise.all([
    // Without the right to read some of them, the others still count.
    get(query, [WORKLOADS.join(','), ...where, ...chosen], partly),
    known.has(ROLLOUTS) ? get(query, [ROLLOUTS, ...where, ...chosen], partly) : Promise.resolve(''),
    get(query, [referring.join(','), ...where], partly),
    nodes === undefined ? nodesOf(query) : Promise.resolve(nodes),
  ])
  const all = [workloads, rollouts, others].flatMap((text) => objectsOf(text))
  const named = query.workloads
  const wanted = all.filter(
    ({ kind, name }) => named === undefined || !ROLLED.has(kind) || named.includes(`${kind}/${name}`),
  )
  if (!wanted.some(({ kind }) => ROLLED.has(kind))) {
    const denied = unread.find((reason) => WORKLOADS.includes(kindOf(reason)))
    if (denied !== undefined) throw failed(['get', WORKLOADS.join(',')], denied)
    const there = allNamespaces
      ? 'the cluster'
      : namespace === undefined
        ? 'the namespace of the kubeconfig'
        : `namespace ${namespace}`
    const labels = selector === undefined ? '' : ` with the labels ${selector}`
    throw new UsageError(
      `${there} has no Deployment, StatefulSet, DaemonSet or Rollout${labels}: ${labels === '' ? '' : 'choose other labels with -l, '}name another namespace with -n, or check all with -A`,
    )
  }
  return {
    objects: selector === undefined && named === undefined ? all : related(wanted),
    facts: { live: true, nodes: found, unread: unread.map(kindOf) },
    unread,
  }
}

/** The kinds of the cluster, as in `rollouts.argoproj.io`. */
async function knownKinds(query: ClusterQuery): Promise<ReadonlySet<string>> {
  const names = await kubectl(query, ['api-resources', '--output', 'name'])
  return new Set(names.split('\n').map((name) => name.trim()))
}

const get = (query: ClusterQuery, words: readonly string[], options: Options = {}): Promise<string> =>
  kubectl(query, ['get', ...words, '--output', 'json'], options)

async function kubectl(
  { kubeconfig, context, requestTimeoutSeconds = 30 }: ClusterQuery,
  words: readonly string[],
  { partly }: Options = {},
): Promise<string> {
  const credentials = [
    ...(kubeconfig === undefined ? [] : ['--kubeconfig', kubeconfig]),
    ...(context === undefined ? [] : ['--context', context]),
  ]
  try {
    const args = [...credentials, ...words, '--request-timeout', `${requestTimeoutSeconds}s`]
    const { stdout } = await run('kubectl', args, { maxBuffer: MOST })
    return stdout
  } catch (error) {
    const { code, stdout = '', stderr = '' } = error as { code?: unknown; stdout?: string; stderr?: string }
    if (code === 'ENOENT') {
      throw new UsageError('--live needs kubectl, which is not on the PATH: install it, or give manifests', {
        cause: error,
      })
    }
    // An API whose server is away, such as that of the metrics, makes discovery incomplete.
    const incomplete = words[0] === 'api-resources' && stdout.trim() !== ''
    if (incomplete) return stdout
    if (partly !== undefined && stderr.includes('(Forbidden)')) {
      for (const line of stderr.trim().split('\n')) partly(line.replace(/^Error from server \(Forbidden\): /u, ''))
      return stdout
    }
    const reason = stderr.trim().split('\n').at(-1) ?? ''
    throw failed(words, reason || reasonOf(error), error)
  }
}

const failed = (words: readonly string[], reason: string, cause?: unknown): UsageError =>
  new UsageError(
    `kubectl ${words.slice(0, 2).join(' ')} failed: ${reason}; check the kubeconfig, the namespace and your rights`,
    { cause },
  )

/** @example kindOf('daemonsets.apps is forbidden: …') // 'daemonsets' */
const kindOf = (reason: string): string => /^\w*/u.exec(reason)?.[0] ?? ''

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
  const parsed = parseObjects(text, 'the cluster', ({ kind, name }) => ({
    file: `${kind}/${name}`,
    line: 0,
    column: 0,
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
