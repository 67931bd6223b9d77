import { now, toEpoch } from '../../../base/clock.js'
import type { TargetListener } from '../../target.js'
import type { Client } from '../api/client.js'
import { Mirror } from '../api/informer.js'
import type { Kind } from '../workload/kinds.js'
import {
  asQuery,
  type ControllerRevision,
  type EndpointSlice,
  type KubernetesObject,
  type Pod,
  type ReplicaSet,
  type Workload,
} from '../api/objects.js'
import { PodLives } from '../pods/pod-events.js'
import type { PodLogs } from '../pods/pod-logs.js'
import { rolloutStatus, type RolloutStatus } from './rollout-status.js'
import type { Revision } from '../workload/revision.js'
import { revisionsOf } from '../workload/revisions.js'
import { explainApi } from '../api/explain.js'
import { historyPath, workloadPath } from '../workload/workload.js'

export interface WorkloadViewOptions {
  readonly client: Client
  readonly namespace: string
  readonly kind: Kind
  readonly workload: Workload
  /** The container whose image is the version. */
  readonly container: string
  readonly listener: TargetListener
  /** Told of every pod as it changes. */
  readonly logs?: PodLogs | undefined
}

/** A workload with its revisions, pods and endpoints, live. What happens to the pods goes to the listener. */
export class WorkloadView {
  readonly #options: WorkloadViewOptions
  readonly #workloads: Mirror<Workload>
  readonly #history: Mirror<ReplicaSet | ControllerRevision>
  readonly #pods: Mirror<Pod>
  readonly #slices: Mirror<EndpointSlice>
  readonly #lives: PodLives
  #wake: () => void = () => {}

  constructor(options: WorkloadViewOptions) {
    this.#options = options
    const { client, namespace, kind, workload, container, listener, logs } = options
    const of = encodeURIComponent(namespace)
    const labelSelector = asQuery(workload.spec.selector)
    const lives = new PodLives(listener, container)
    this.#lives = lives
    const tellEndpoints = (): void => lives.endpointsChanged(this.#slices.values, this.#pods.objects)
    const onChange = (): void => this.#wake()
    const onGap = (detail: string): void => listener({ at: toEpoch(now()), type: 'watch-gap', detail })

    this.#workloads = new Mirror<Workload>({
      client,
      path: workloadPath(kind, namespace),
      what: `${kind.name}s`,
      fieldSelector: `metadata.name=${workload.metadata.name}`,
      onChange,
      onGap,
    })
    this.#history = new Mirror<ReplicaSet | ControllerRevision>({
      client,
      path: historyPath(kind, namespace),
      what: kind.history === 'replicasets' ? 'ReplicaSets' : 'ControllerRevisions',
      labelSelector,
      onChange,
      onGap,
    })
    this.#slices = new Mirror<EndpointSlice>({
      client,
      path: `/apis/discovery.k8s.io/v1/namespaces/${of}/endpointslices`,
      what: 'EndpointSlices',
      onChange: tellEndpoints,
      onGap,
    })
    this.#pods = new Mirror<Pod>({
      client,
      path: `/api/v1/namespaces/${of}/pods`,
      what: 'pods',
      labelSelector,
      onChange: (current, previous) => {
        logs?.podChanged(current, previous)
        lives.podChanged(current, previous)
        // Its slice may have named the pod before the pod itself was seen.
        if (previous === undefined) tellEndpoints()
        onChange()
      },
      onGap,
    })
  }

  /**
   * Fulfilled once everything has been seen once.
   *
   * @throws {UsageError} the API does not answer, or says no.
   */
  async synced(): Promise<void> {
    try {
      await Promise.all(this.#mirrors.map(({ synced }) => synced))
    } catch (error) {
      const { client, namespace } = this.#options
      throw explainApi(error, client, 'usage', `reading namespace ${namespace}`)
    }
  }

  /** As it was last seen; undefined where it does not exist. */
  get workload(): Workload | undefined {
    return this.#workloads.objects.get(this.#options.workload.metadata.name)
  }

  get revisions(): readonly Revision[] {
    const { kind, workload } = this.#options
    return revisionsOf(kind, workload, this.#history.values)
  }

  get pods(): readonly Pod[] {
    return this.#pods.values
  }

  /** How the rollout to the present template is; undefined where the workload does not exist. */
  get status(): RolloutStatus | undefined {
    const { workload, revisions, pods } = this
    return workload && rolloutStatus({ kind: this.#options.kind, workload, revisions, pods })
  }

  /**
   * Fulfilled with the next change, after `limitMs`, or when the signal aborts.
   *
   * @throws {HarnessError} the API was lost.
   */
  async nextChange(limitMs: number, signal: AbortSignal): Promise<void> {
    let timer: NodeJS.Timeout | undefined
    const change = new Promise<void>((resolve) => {
      this.#wake = resolve
      timer = setTimeout(resolve, limitMs)
      signal.addEventListener('abort', this.#wake)
    })
    try {
      await Promise.race([change, ...this.#mirrors.map(({ lost }) => lost)])
    } finally {
      clearTimeout(timer)
      signal.removeEventListener('abort', this.#wake)
    }
  }

  /** See {@link PodLives.expectKill}. */
  expectKill(pod: string): void {
    this.#lives.expectKill(pod)
  }

  /** See {@link PodLives.restarting}. */
  restarting(pod: string): void {
    this.#lives.restarting(pod)
  }

  stop(): void {
    for (const mirror of this.#mirrors) mirror.stop()
    this.#wake()
  }

  get #mirrors(): readonly Pick<Mirror<KubernetesObject>, 'synced' | 'lost' | 'stop'>[] {
    return [this.#workloads, this.#history, this.#slices, this.#pods]
  }
}
