import { now, toEpoch } from '../../../base/clock.js'
import type { TargetListener } from '../../target.js'
import type { Client } from '../api/client.js'
import { Informer } from '../api/informer.js'
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
import { PodEvents } from '../pods/pod-events.js'
import type { PodLogs } from '../pods/pod-logs.js'
import { argoProgress, argoStatus } from './argo-status.js'
import { rolloutStatus, type RolloutStatus } from './rollout-status.js'
import type { Revision } from '../workload/revision.js'
import { revisionsOf } from '../workload/revisions.js'
import { explainApi } from '../api/explain.js'
import { withTemplate } from '../workload/argo.js'
import { historyPath, workloadPath } from '../workload/workload.js'

export interface WorkloadViewOptions {
  readonly client: Client
  readonly namespace: string
  readonly kind: Kind
  readonly workload: Workload
  /** The container whose image is the version. */
  readonly container: string
  readonly listener: TargetListener
  /** Receives every change of a pod. */
  readonly logs?: PodLogs | undefined
}

/** A live view of a workload with its revisions, pods and endpoints. It reports what happens to the pods to the listener. */
export class WorkloadView {
  readonly #options: WorkloadViewOptions
  readonly #workloads: Informer<Workload>
  readonly #history: Informer<ReplicaSet | ControllerRevision>
  readonly #pods: Informer<Pod>
  readonly #slices: Informer<EndpointSlice>
  readonly #podEvents: PodEvents
  #wake: () => void = () => {}

  constructor(options: WorkloadViewOptions) {
    this.#options = options
    const { client, namespace, kind, workload, container, listener, logs } = options
    const of = encodeURIComponent(namespace)
    const labelSelector = asQuery(workload.spec.selector)
    const podEvents = new PodEvents(listener, container)
    this.#podEvents = podEvents
    const reportEndpoints = (): void => podEvents.endpointsChanged(this.#slices.values, this.#pods.objects)
    const onChange = (): void => this.#wake()
    const onGap = (detail: string): void => listener({ at: toEpoch(now()), type: 'watch-gap', detail })

    this.#workloads = new Informer<Workload>({
      client,
      path: workloadPath(kind, namespace),
      what: `${kind.name}s`,
      fieldSelector: `metadata.name=${workload.metadata.name}`,
      onChange,
      onGap,
    })
    this.#history = new Informer<ReplicaSet | ControllerRevision>({
      client,
      path: historyPath(kind, namespace),
      what: kind.history === 'replicasets' ? 'ReplicaSets' : 'ControllerRevisions',
      labelSelector,
      onChange,
      onGap,
    })
    this.#slices = new Informer<EndpointSlice>({
      client,
      path: `/apis/discovery.k8s.io/v1/namespaces/${of}/endpointslices`,
      what: 'EndpointSlices',
      onChange: reportEndpoints,
      onGap,
    })
    this.#pods = new Informer<Pod>({
      client,
      path: `/api/v1/namespaces/${of}/pods`,
      what: 'pods',
      labelSelector,
      onChange: (current, previous) => {
        logs?.podChanged(current, previous)
        podEvents.podChanged(current, previous)
        // An EndpointSlice may name a pod before the pod itself is seen.
        if (previous === undefined) reportEndpoints()
        onChange()
      },
      onGap,
    })
  }

  /**
   * Resolves when every object was read once.
   *
   * @throws {UsageError} the API does not answer, or refuses.
   */
  async synced(): Promise<void> {
    try {
      await Promise.all(this.#informers.map(({ synced }) => synced))
    } catch (error) {
      const { client, namespace } = this.#options
      throw explainApi(error, client, 'usage', `reading namespace ${namespace}`)
    }
  }

  /** The workload as it was last seen; undefined if it does not exist. */
  get workload(): Workload | undefined {
    const { workload } = this.#options
    const seen = this.#workloads.objects.get(workload.metadata.name)
    return seen?.spec.workloadRef === undefined ? seen : withTemplate(seen, workload)
  }

  /** A text that changes with the pods that the workload wants, but not with their number; undefined if it does not exist. */
  get progress(): string | undefined {
    const { workload } = this
    if (workload === undefined) return undefined
    return this.#options.kind.name === 'Rollout' ? argoProgress(workload) : JSON.stringify(workload.spec.template)
  }

  get revisions(): readonly Revision[] {
    const { kind, workload } = this.#options
    return revisionsOf(kind, workload, this.#history.values)
  }

  get pods(): readonly Pod[] {
    return this.#pods.values
  }

  /** The status of the rollout to the present template; undefined if the workload does not exist. */
  get status(): RolloutStatus | undefined {
    const { workload, revisions, pods } = this
    if (workload === undefined) return undefined
    const { kind } = this.#options
    const view = { kind, workload, revisions, pods }
    const counted = rolloutStatus(view)
    return kind.name === 'Rollout' ? argoStatus(view, counted) : counted
  }

  /**
   * Resolves with the next change, after `limitMs`, or when the signal aborts.
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
      await Promise.race([change, ...this.#informers.map(({ lost }) => lost)])
    } finally {
      clearTimeout(timer)
      signal.removeEventListener('abort', this.#wake)
    }
  }

  /** See {@link PodEvents.expectKill}. */
  expectKill(pod: string): void {
    this.#podEvents.expectKill(pod)
  }

  /** See {@link PodEvents.restarting}. */
  restarting(pod: string): void {
    this.#podEvents.restarting(pod)
  }

  stop(): void {
    for (const informer of this.#informers) informer.stop()
    this.#wake()
  }

  get #informers(): readonly Pick<Informer<KubernetesObject>, 'synced' | 'lost' | 'stop'>[] {
    return [this.#workloads, this.#history, this.#slices, this.#pods]
  }
}
