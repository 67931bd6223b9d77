import { dirname } from 'node:path'
import { Dockerfile } from './dockerfile.js'
import { envReader } from './environment.js'
import type { KubeObject } from './kube-object.js'
import { hasAll, selectorMatches } from './selector.js'
import { readService, type Service } from './service.js'
import { dig, fields, labels, podCount, text } from './values.js'
import { hasLabels, readWorkload, replacementOf, type Replacement, type Workload } from './workload.js'

/** Whether clients send requests to a workload: a Service with a port that is not for metrics selects its pods, the manifests do not say, or nothing sends any. */
export type Traffic = 'yes' | 'unknown' | 'no'

/** All objects that belong together, and how they refer to each other. */
export class World {
  readonly objects: readonly KubeObject[]
  readonly workloads: readonly Workload[]
  readonly services: readonly Service[]
  readonly dockerfiles: readonly Dockerfile[]
  /** The objects are those of a running cluster. */
  readonly live: boolean
  /** The number of nodes that take pods. Undefined: not known. */
  readonly nodes: number | undefined
  readonly #unread: readonly string[]

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
    this.workloads = objects.flatMap((object) => {
      // Helm runs a hook at one moment, such as the pod of `helm test`. It is no part of the release.
      if (object.annotations['helm.sh/hook'] !== undefined) return []
      const readEnv = envReader(objects, (other) => this.near(object, other))
      return readWorkload(object, readEnv) ?? []
    })
    this.dockerfiles = objects.filter((object) => object instanceof Dockerfile)
    this.services = objects.filter(({ kind, apiVersion }) => kind === 'Service' && apiVersion === 'v1').map(readService)
  }

  /** Whether objects of a kind may exist that could not be read. */
  isUnread(kind: string): boolean {
    return this.#unread.includes(`${kind.toLowerCase()}s`)
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
    const folder = dirname(object.source.input)
    return this.workloads.filter(
      (workload) => workload.object.namespace === object.namespace && dirname(workload.object.source.input) === folder,
    )
  }

  /**
   * Whether an operator makes the pods of a selector: a custom resource beside the object has these labels, or its name is the value of
   * one of them, as in `strimzi.io/cluster: shop`.
   */
  madeByOperator(object: KubeObject, selector: Readonly<Record<string, string>>): boolean {
    return this.objects.some(
      (each) =>
        makesPods(each) &&
        this.workloads.every((workload) => workload.object !== each) &&
        this.near(each, object) &&
        (hasAll(selector, labels(each.get('metadata', 'labels'))) || Object.values(selector).includes(each.name)),
    )
  }

  ofKind(kind: string): readonly KubeObject[] {
    return this.objects.filter((object) => object.kind === kind)
  }

  /** The workloads that a Deployment-like controller rolls out. */
  get rolled(): readonly Workload[] {
    return this.workloads.filter(
      ({ kind }) => !['Pod', 'Job', 'CronJob', 'ReplicaSet', 'ReplicationController'].includes(kind),
    )
  }

  servicesOf(workload: Workload): readonly Service[] {
    const found = this.services.filter(
      ({ object, selector }) => this.near(object, workload.object) && hasLabels(selector, workload),
    )
    return closest(workload.object, found)
  }

  workloadsOf(service: Service): readonly Workload[] {
    const found = this.workloads.filter(
      (workload) => this.near(service.object, workload.object) && hasLabels(service.selector, workload),
    )
    return closest(service.object, found)
  }

  budgetsOf(workload: Workload): readonly KubeObject[] {
    return this.ofKind('PodDisruptionBudget').filter(
      (budget) =>
        this.near(budget, workload.object) && selectorMatches(budget.get('spec', 'selector'), workload.labels),
    )
  }

  /** The HorizontalPodAutoscaler or KEDA ScaledObject that sets the number of pods. */
  autoscalerOf({ object }: Workload): KubeObject | undefined {
    return this.objects.find((candidate) => {
      if (candidate.kind !== 'HorizontalPodAutoscaler' && candidate.kind !== 'ScaledObject') return false
      const name = text(candidate.get('spec', 'scaleTargetRef', 'name'))
      const kind = text(candidate.get('spec', 'scaleTargetRef', 'kind')) ?? 'Deployment'
      return name === object.name && kind === object.kind && this.near(candidate, object)
    })
  }

  /** The lowest number of pods: `minReplicas` of the autoscaler, or `replicas`, both with the default of 1. */
  replicasOf(workload: Workload): number {
    const scaler = this.autoscalerOf(workload)
    if (scaler === undefined) return workload.replicas ?? 1
    return minReplicasOf(scaler)
  }

  replacementOf(workload: Workload): Replacement | undefined {
    // A DaemonSet has a pod on each node.
    const replicas = workload.kind === 'DaemonSet' ? (this.nodes ?? 100) : this.replicasOf(workload)
    return replacementOf(workload, replicas)
  }

  trafficOf(workload: Workload): Traffic {
    if (workload.kind === 'Job' || workload.kind === 'CronJob') return 'no'
    if (this.servicesOf(workload).some((service) => !isForMetrics(service))) return 'yes'
    const declaresPorts = workload.containers.some(({ ports }) => ports.length > 0)
    const others = this.services.some(({ object }) => this.near(object, workload.object))
    return others && !declaresPorts ? 'no' : 'unknown'
  }
}

/** Whether a Service only lets a monitoring system read the pods. A lost scrape is no lost request. */
const isForMetrics = ({ ports }: Service): boolean =>
  ports.length > 0 && ports.every(({ name }) => /metrics|prometheus/iu.test(name ?? ''))

/** Fields that a custom resource has if an operator makes pods for it. */
const OF_PODS = new Set(['replicas', 'instances', 'size', 'nodeSets', 'chart'])

/** Returns whether an operator seems to make pods for a custom resource. */
function makesPods({ apiVersion, body }: KubeObject): boolean {
  const group = apiVersion.split('/')[0] ?? ''
  if (!group.includes('.') || group.endsWith('.k8s.io')) return false
  const spec = fields(dig(body, ['spec']))
  const keys = [spec, ...Object.values(spec)].flatMap((part) => Object.keys(fields(part)))
  return keys.some((key) => OF_PODS.has(key))
}

/** Prefers what is in the same folder: folders of several services often share labels such as `app: web`. */
function closest<T extends { readonly object: KubeObject }>(object: KubeObject, found: readonly T[]): readonly T[] {
  const folder = dirname(object.source.input)
  const here = found.filter((each) => dirname(each.object.source.input) === folder)
  return here.length > 0 ? here : found
}

/** The default of `minReplicas` is 1 for an HPA, and 0 for a ScaledObject, which scales to 1 when there is work. */
export const minReplicasOf = (scaler: KubeObject): number =>
  Math.max(podCount(scaler.get('spec', scaler.kind === 'ScaledObject' ? 'minReplicaCount' : 'minReplicas')) ?? 1, 0)
