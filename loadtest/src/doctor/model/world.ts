import { dirname } from 'node:path'
import { isAutoscaler, minReplicasOf } from './autoscaler.js'
import { Dockerfile } from './dockerfile.js'
import { envReader } from './environment.js'
import type { KubeObject } from './kube-object.js'
import { groupBy, inverse, memo, once } from './lookup.js'
import { folderKey, nameKey, targetKey } from './keys.js'
import { makesPods } from './operator.js'
import { SelectorIndex } from './selector-index.js'
import { hasAll, selectorMatches } from './selector.js'
import { readService, type Service } from './service.js'
import { fields, labels, text } from './values.js'
import { hasLabels, isGenerated, readWorkload, replacementOf, type Replacement, type Workload } from './workload.js'

/** Whether clients send requests to a workload: a Service with a port that is not for metrics selects its pods, the manifests do not say, or nothing sends any. */
export type Traffic = 'yes' | 'unknown' | 'no'

/** All objects that belong together, and how they refer to each other. */
export class World {
  readonly objects: readonly KubeObject[]
  readonly workloads: readonly Workload[]
  readonly services: readonly Service[]
  readonly dockerfiles: readonly Dockerfile[]
  /** The workloads that a Deployment-like controller rolls out. */
  readonly rolled: readonly Workload[]
  /** The objects are those of a running cluster. */
  readonly live: boolean
  /** The number of nodes that take pods. Undefined: not known. */
  readonly nodes: number | undefined
  readonly #unread: readonly string[]
  readonly #kinds: ReadonlyMap<string, readonly KubeObject[]>
  readonly #names: ReadonlyMap<string, readonly KubeObject[]>
  readonly #folders: ReadonlyMap<string, readonly Workload[]>
  readonly #pods: SelectorIndex<Workload>
  readonly #makers: readonly KubeObject[]
  readonly #scalers: ReadonlyMap<string, readonly KubeObject[]>
  readonly #servicesByName: ReadonlyMap<string, readonly Service[]>
  readonly #serviceNamespaces: ReadonlySet<string | undefined>

  constructor(
    objects: readonly KubeObject[],
    {
      live = false,
      nodes,
      unread = [],
    }: { live?: boolean; nodes?: number | undefined; unread?: readonly string[] } = {},
  ) {
    this.objects = objects
    this.live = live
    this.nodes = nodes
    this.#unread = unread
    this.#kinds = groupBy(objects, ({ kind }) => kind)
    this.#names = groupBy(objects, nameKey)
    this.workloads = objects.flatMap((object) => {
      // Helm runs a hook at one moment, such as the pod of `helm test`. It is no part of the release.
      if (object.annotations['helm.sh/hook'] !== undefined) return []
      const readEnv = envReader((name) => this.named('ConfigMap', name, object))
      return readWorkload(object, readEnv) ?? []
    })
    this.dockerfiles = objects.filter((object) => object instanceof Dockerfile)
    this.services = objects.filter(({ kind, apiVersion }) => kind === 'Service' && apiVersion === 'v1').map(readService)
    this.rolled = this.workloads.filter((workload) => this.isRolled(workload))
    this.#folders = groupBy(this.workloads, ({ object }) => folderKey(object))
    this.#pods = new SelectorIndex(this.workloads, (workload) => [workload.labels, ...workload.labelSets])
    const own = new Set(this.workloads.map(({ object }) => object))
    this.#makers = objects.filter((object) => !own.has(object) && makesPods(object))
    this.#scalers = groupBy(objects.filter(isAutoscaler), targetKey)
    this.#servicesByName = groupBy(this.services, ({ object }) => object.name)
    this.#serviceNamespaces = new Set(this.services.map(({ object }) => object.namespace))
  }

  /** Whether objects of a kind may exist that could not be read. */
  isUnread(kind: string): boolean {
    return this.#unread.includes(`${kind.toLowerCase()}s`)
  }

  /** Whether workloads may exist that could not be read, so that what selects no pod may select theirs. */
  get missesWorkloads(): boolean {
    return ['Deployment', 'StatefulSet', 'DaemonSet', 'Rollout'].some((kind) => this.isUnread(kind))
  }

  /** Whether two objects can be in one namespace. An object without a namespace can be in any. */
  near(one: KubeObject, other: KubeObject): boolean {
    return one.namespace === undefined || other.namespace === undefined || one.namespace === other.namespace
  }

  /**
   * The workloads beside an object: in its namespace and in its folder. What refers to something else is a mistake only if there are
   * some, because the rest may be in another input.
   */
  beside(object: KubeObject): readonly Workload[] {
    return this.#folders.get(folderKey(object)) ?? []
  }

  /**
   * Whether an operator makes the pods of a selector: a custom resource beside the object has these labels, or its name is the value of
   * one of them, as in `strimzi.io/cluster: shop`.
   */
  madeByOperator(object: KubeObject, selector: Readonly<Record<string, string>>): boolean {
    return this.#makers.some(
      (each) =>
        this.near(each, object) &&
        (hasAll(selector, labels(each.get('metadata', 'labels'))) || Object.values(selector).includes(each.name)),
    )
  }

  /** Whether a Deployment-like controller rolls out the workload. */
  isRolled({ kind }: Workload): boolean {
    return !NOT_ROLLED.has(kind)
  }

  ofKind(kind: string): readonly KubeObject[] {
    return this.#kinds.get(kind) ?? []
  }

  /** Returns whether there is an object of a kind and a name, in any namespace. */
  has(kind: string | undefined, name: string): boolean {
    return this.#names.has(nameKey({ kind, name }))
  }

  /** Returns the first object of a kind and a name that can be in the namespace of another object. */
  named(kind: string, name: string | undefined, beside: KubeObject): KubeObject | undefined {
    return this.#names.get(nameKey({ kind, name }))?.find((object) => this.near(object, beside))
  }

  /** Returns the Services of a name that can be in the namespace of another object. */
  servicesNamed(name: string, beside: KubeObject): readonly Service[] {
    return (this.#servicesByName.get(name) ?? []).filter(({ object }) => this.near(object, beside))
  }

  /** The Services that select the pods of a workload. */
  readonly servicesOf: (workload: Workload) => readonly Service[] = memo((workload) =>
    closest(workload.object, this.#selecting().get(workload) ?? []),
  )

  /** The workloads whose pods a Service selects. */
  readonly workloadsOf: (service: Service) => readonly Workload[] = memo((service) =>
    closest(service.object, this.#selected(service)),
  )

  /** The workloads whose pods a PodDisruptionBudget selects. */
  readonly protectedBy: (budget: KubeObject) => readonly Workload[] = memo((budget) => {
    const selector = budget.get('spec', 'selector')
    return this.withLabels(labels(fields(selector)['matchLabels'])).filter(
      (workload) => this.near(budget, workload.object) && selectorMatches(selector, workload.labels),
    )
  })

  /** The workloads of all namespaces whose pods have all labels. */
  withLabels(selector: Readonly<Record<string, string>>): readonly Workload[] {
    const pairs = Object.entries(selector)
    return this.#pods
      .candidates(selector)
      .filter((workload) => pairs.every(([key, value]) => workload.labels[key] === value))
  }

  budgetsOf(workload: Workload): readonly KubeObject[] {
    return this.#protecting().get(workload) ?? []
  }

  /** The Rollout whose pods have the template of a Deployment (`workloadRef`). The Deployment itself then has none. */
  rolloutOf({ object }: Workload): KubeObject | undefined {
    return this.#rollouts()
      .get(nameKey(object))
      ?.find((rollout) => this.near(rollout, object))
  }

  /** The HorizontalPodAutoscaler, or the ScaledObject or HTTPScaledObject of KEDA, that sets the number of pods. */
  autoscalerOf({ object }: Workload): KubeObject | undefined {
    return this.#scalers.get(nameKey(object))?.find((candidate) => this.near(candidate, object))
  }

  /** The first workload whose number of pods an autoscaler sets. */
  scaledBy(scaler: KubeObject): Workload | undefined {
    return this.#scaled().get(scaler)?.[0]
  }

  /** The lowest number of pods: `minReplicas` of the autoscaler, or `replicas`, both with the default of 1. */
  replicasOf(workload: Workload): number {
    const scaler = this.autoscalerOf(workload)
    if (scaler === undefined) return workload.replicas ?? 1
    return minReplicasOf(scaler)
  }

  replacementOf(workload: Workload): Replacement | undefined {
    if (this.rolloutOf(workload) !== undefined) return undefined
    // A DaemonSet has a pod on each node.
    const replicas = workload.kind === 'DaemonSet' ? (this.nodes ?? 100) : this.replicasOf(workload)
    return replacementOf(workload, replicas)
  }

  trafficOf(workload: Workload): Traffic {
    if (workload.kind === 'Job' || workload.kind === 'CronJob') return 'no'
    if (this.servicesOf(workload).some((service) => !isForMetrics(service))) return 'yes'
    const declaresPorts = workload.containers.some(({ ports }) => ports.length > 0)
    // Most workloads with a port have a Service. A finding that may be right is better than an info that hides it.
    if (declaresPorts && this.isUnread('Service')) return 'yes'
    return this.#hasServicesBeside(workload.object) && !declaresPorts ? 'no' : 'unknown'
  }

  #hasServicesBeside({ namespace }: KubeObject): boolean {
    const known = this.#serviceNamespaces
    return namespace === undefined ? known.size > 0 : known.has(undefined) || known.has(namespace)
  }

  #selected(service: Service): readonly Workload[] {
    // A controller adds some labels, which are not in its template.
    const written = Object.entries(service.selector).filter(([key]) => !isGenerated(key))
    return this.#pods
      .candidates(Object.fromEntries(written))
      .filter((workload) => this.near(service.object, workload.object) && hasLabels(service.selector, workload))
  }

  readonly #selecting = once(() => inverse(this.services, (service) => this.#selected(service)))

  readonly #rollouts = once(() =>
    groupBy(this.ofKind('Rollout'), (rollout) =>
      nameKey({
        kind: text(rollout.get('spec', 'workloadRef', 'kind')),
        name: text(rollout.get('spec', 'workloadRef', 'name')),
      }),
    ),
  )

  readonly #scaled = once(() => inverse(this.workloads, (workload) => [this.autoscalerOf(workload)]))

  readonly #protecting = once(() => inverse(this.ofKind('PodDisruptionBudget'), this.protectedBy))
}

/** Whether a Service only lets a monitoring system read the pods. A lost scrape is no lost request. */
const isForMetrics = ({ ports }: Service): boolean =>
  ports.length > 0 && ports.every(({ name }) => /metrics|prometheus/iu.test(name ?? ''))

const NOT_ROLLED: ReadonlySet<string> = new Set(['Pod', 'Job', 'CronJob', 'ReplicaSet', 'ReplicationController'])

/** Prefers what is in the same folder: folders of several services often share labels such as `app: web`. */
function closest<T extends { readonly object: KubeObject }>(object: KubeObject, found: readonly T[]): readonly T[] {
  const folder = dirname(object.source.input)
  const here = found.filter((each) => dirname(each.object.source.input) === folder)
  return here.length > 0 ? here : found
}
