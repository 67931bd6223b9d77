import { now, toEpoch } from '../../clock.js'
import type { TargetListener } from '../target.js'
import type { Client } from './client.js'
import { deploymentPath } from './deployment.js'
import { Mirror } from './mirror.js'
import { asQuery, type Deployment, type EndpointSlice, type Pod, type ReplicaSet } from './objects.js'
import { PodLives } from './pod-lives.js'
import type { PodLogs } from './pod-logs.js'
import { rolloutStatus, type RolloutStatus } from './rollout-status.js'
import { explainApi } from './sentences.js'

export interface DeploymentViewOptions {
  readonly client: Client
  readonly namespace: string
  readonly deployment: Deployment
  /** The container whose image is the version. */
  readonly container: string
  readonly listener: TargetListener
  /** Told of every pod as it changes. */
  readonly logs?: PodLogs | undefined
}

/** A Deployment with its ReplicaSets, pods and endpoints, live. What happens to the pods goes to the listener. */
export class DeploymentView {
  readonly #options: DeploymentViewOptions
  readonly #deployments: Mirror<Deployment>
  readonly #replicaSets: Mirror<ReplicaSet>
  readonly #pods: Mirror<Pod>
  readonly #slices: Mirror<EndpointSlice>
  #wake: () => void = () => {}

  constructor(options: DeploymentViewOptions) {
    this.#options = options
    const { client, namespace, deployment, container, listener, logs } = options
    const of = encodeURIComponent(namespace)
    const labelSelector = asQuery(deployment.spec.selector)
    const lives = new PodLives(listener, container)
    const tellEndpoints = (): void => lives.endpointsChanged(this.#slices.values, this.#pods.objects)
    const onChange = (): void => this.#wake()
    const onGap = (detail: string): void => listener({ at: toEpoch(now()), type: 'watch-gap', detail })

    this.#deployments = new Mirror<Deployment>({
      client,
      path: deploymentPath(namespace),
      what: 'Deployments',
      fieldSelector: `metadata.name=${deployment.metadata.name}`,
      onChange,
      onGap,
    })
    this.#replicaSets = new Mirror<ReplicaSet>({
      client,
      path: `/apis/apps/v1/namespaces/${of}/replicasets`,
      what: 'ReplicaSets',
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
   * @throws {TargetError} usage: the API does not answer, or says no.
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
  get deployment(): Deployment | undefined {
    return this.#deployments.objects.get(this.#options.deployment.metadata.name)
  }

  get replicaSets(): readonly ReplicaSet[] {
    return this.#replicaSets.values
  }

  get pods(): readonly Pod[] {
    return this.#pods.values
  }

  /** How the rollout to the present template is; undefined where the Deployment does not exist. */
  get status(): RolloutStatus | undefined {
    const { deployment, replicaSets, pods } = this
    return deployment && rolloutStatus({ deployment, replicaSets, pods })
  }

  /**
   * Fulfilled with the next change, after `limitMs`, or when the signal aborts.
   *
   * @throws {TargetError} harness: the API was lost.
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

  stop(): void {
    for (const mirror of this.#mirrors) mirror.stop()
    this.#wake()
  }

  get #mirrors(): readonly Pick<Mirror<Deployment>, 'synced' | 'lost' | 'stop'>[] {
    return [this.#deployments, this.#replicaSets, this.#slices, this.#pods]
  }
}
