import { now, toEpoch } from '../clock.js'
import type { ScenarioName } from '../scenarios/scenario.js'
import { assertRights, ROLLOUT_RIGHTS, TWIN_RIGHTS } from './kubernetes/access.js'
import { chooseContainer, type Change } from './kubernetes/changes.js'
import { ApiError, Client } from './kubernetes/client.js'
import { assertAtRest, deploymentPath, readDeployment, readReplicaSets } from './kubernetes/deployment.js'
import { DeploymentView } from './kubernetes/deployment-view.js'
import { followRollout } from './kubernetes/follow.js'
import { loadKubeconfig, type KubeconfigOptions } from './kubernetes/kubeconfig.js'
import type { Deployment } from './kubernetes/objects.js'
import { planChange } from './kubernetes/plan.js'
import { PodLogs } from './kubernetes/pod-logs.js'
import { putBack } from './kubernetes/restore.js'
import { explainApi } from './kubernetes/sentences.js'
import { createTwin, leaveNoTwin, readServices } from './kubernetes/twin.js'
import { twinName } from './kubernetes/twin-objects.js'
import { planTwin, type TwinDifference } from './kubernetes/twin-plan.js'
import { assertUrlsAnswer } from './kubernetes/urls.js'
import { waitForAnswer } from './reachable.js'
import { TargetError, type RolloutOutcome, type Target, type TargetEvent, type TargetListener } from './target.js'

export type { TwinDifference } from './kubernetes/twin-plan.js'

export interface KubernetesTargetOptions extends KubeconfigOptions {
  readonly namespace: string
  readonly deployment: string
  /** Needed only where the Deployment has several. */
  readonly container?: string
  readonly scenario: ScenarioName
  /** The new image, for `set-image`. */
  readonly image?: string
  /** For `undo`; default the revision before the present one. */
  readonly toRevision?: number
  /** Base URLs that the load goes to. */
  readonly urls: readonly string[]
  /** How long the rollout may take. */
  readonly timeoutMs: number
  /** With it the Deployment is not touched: a copy that differs in this is made, rolled, and removed. */
  readonly twin?: TwinDifference
  /** Each line that a pod prints, from the start of the run or of the pod to its last one. */
  readonly onPodOutput?: (pod: string, line: string) => void
}

/** The API may be away this long when the change is made. */
const API_LIMIT_MS = 30_000
/** A node port of a new Service is there on every node after a while. */
const NODE_PORT_LIMIT_MS = 60_000
/** Beside their grace period, what is left for pods of an earlier rollout to be gone. */
const LEFTOVER_LIMIT_MS = 15_000

/**
 * A Deployment in a cluster, rolled as kubectl would: `set image`, `rollout undo`, `rollout restart`.
 *
 * @example
 * createKubernetesTarget({
 *   namespace: 'cloud',
 *   deployment: 'cloud-communal-service',
 *   scenario: 'set-image',
 *   image: 'registry.example.org/cloud-communal:v1.0.1',
 *   urls: ['http://192.0.2.10:30080'],
 *   timeoutMs: 300_000,
 * })
 */
export function createKubernetesTarget(options: KubernetesTargetOptions): Target {
  return new KubernetesTarget(options)
}

class KubernetesTarget implements Target {
  description = 'a Deployment in a cluster'
  urls: readonly string[] = []
  readonly #options: KubernetesTargetOptions
  readonly #stop = new AbortController()
  #listener: TargetListener = () => {}
  #client: Client | undefined
  #view: DeploymentView | undefined
  #logs: PodLogs | undefined
  #container = ''
  /** As it was found, before anything was touched. */
  #original: Deployment | undefined
  #change: Change | undefined
  #changeSent = false
  #changed: Deployment | undefined
  #twinMade = false
  #finished = false
  /** What is under way: it ends before the target is put back. */
  #work: Promise<unknown> = Promise.resolve()

  constructor(options: KubernetesTargetOptions) {
    this.#options = options
  }

  start(listener: TargetListener): Promise<void> {
    this.#listener = listener
    const starting = this.#start()
    this.#work = starting
    return starting
  }

  rollout(signal: AbortSignal): Promise<RolloutOutcome> {
    const rolling = this.#rollout(AbortSignal.any([signal, this.#stop.signal]))
    this.#work = rolling
    return rolling
  }

  async restore({ kept }: { readonly kept: boolean }): Promise<string | undefined> {
    this.#stop.abort()
    this.#listener = () => {}
    await this.#work.catch(() => {})
    await this.#logs?.finish()
    this.#view?.stop()
    const { namespace, timeoutMs } = this.#options
    const [client, original, change] = [this.#client, this.#original, this.#change]
    if (client === undefined || original === undefined || change === undefined) return undefined
    if (this.#twinMade) return leaveNoTwin({ client, namespace, original })
    if (!this.#changeSent || (kept && this.#finished)) return undefined
    const [container, changed] = [this.#container, this.#changed]
    return putBack({ client, namespace, original, change, changed, container, timeoutMs })
  }

  async #start(): Promise<void> {
    const { namespace, deployment: name, container, urls, twin } = this.#options
    const client = new Client(await loadKubeconfig(this.#options))
    this.#client = client
    await assertRights(client, namespace, twin === undefined ? ROLLOUT_RIGHTS : [...ROLLOUT_RIGHTS, ...TWIN_RIGHTS])
    const original = await readDeployment(client, namespace, name)
    this.#original = original
    this.#container = chooseContainer(original, container)
    assertAtRest(original)
    const replicaSets = await readReplicaSets(client, namespace, original)
    const change = planChange(this.#options, original, replicaSets, this.#container)
    this.#change = change
    await assertUrlsAnswer(urls)
    this.urls = urls
    if (twin === undefined) await this.#awaitRest(client, original)
    else await this.#makeTwin(client, original, change, twin)
    const { fromVersion, toVersion, detail } = this.#change
    const what = twin === undefined ? name : `${twinName(name)}, the twin of ${name},`
    this.description = `${what} in namespace ${namespace} of ${client.context}: from ${fromVersion} to ${toVersion} (${detail})`
  }

  async #rollout(signal: AbortSignal): Promise<RolloutOutcome> {
    const { namespace, timeoutMs } = this.#options
    const [client, view, change] = [this.#client, this.#view, this.#change]
    const deployment = view?.deployment
    if (client === undefined || view === undefined || change === undefined || deployment === undefined) {
      throw new TargetError('harness', 'rollout before start')
    }
    if (signal.aborted) return { status: 'interrupted' }
    const { detail } = change
    this.#emit({ type: 'rollout-started', detail })
    const path = deploymentPath(namespace, deployment.metadata.name)
    const { contentType, patch: body } = change
    this.#changeSent = true
    try {
      this.#changed = await client.persist<Deployment>(API_LIMIT_MS, 'PATCH', path, { body, contentType })
    } catch (error) {
      // The API's word on the change itself (an admission rule, say) is a fact about the target.
      if (!(error instanceof ApiError) || error.status === 401 || error.status >= 500) {
        throw explainApi(error, client, 'harness', detail)
      }
      return this.#outcome({ status: 'failed', reason: `the API refused to ${detail}: ${error.message}` }, detail)
    }
    // As the API has stored it: an admission rule may have added to it.
    const { template } = this.#changed.spec
    const { generation = 0 } = this.#changed.metadata
    const listener = (event: TargetEvent): void => this.#listener(event)
    const outcome = await followRollout({ client, namespace, view, template, generation, timeoutMs, signal, listener })
    return this.#outcome(outcome, detail)
  }

  #outcome(outcome: RolloutOutcome, detail: string): RolloutOutcome {
    this.#finished = outcome.status === 'finished'
    if (outcome.status === 'finished') this.#emit({ type: 'rollout-finished', detail })
    if (outcome.status === 'failed') this.#emit({ type: 'rollout-failed', reason: outcome.reason })
    return outcome
  }

  /** Pods of an earlier rollout may still be on their way out, though it counts as finished. */
  async #awaitRest(client: Client, deployment: Deployment): Promise<void> {
    const { terminationGracePeriodSeconds = 30 } = deployment.spec.template.spec
    await this.#awaitRolledOut(client, deployment, terminationGracePeriodSeconds * 1_000 + LEFTOVER_LIMIT_MS)
  }

  async #makeTwin(client: Client, original: Deployment, change: Change, twin: TwinDifference): Promise<void> {
    const { namespace, scenario, urls, timeoutMs } = this.#options
    const services = await readServices(client, namespace)
    const plan = planTwin({ original, change, twin, services, container: this.#container, scenario })
    // From here on there may be something to remove.
    this.#twinMade = true
    const made = await createTwin({ client, namespace, original, services, urls, twinUrls: twin.urls }, plan.before)
    this.#change = plan.change
    await this.#awaitRolledOut(client, made.deployment, timeoutMs)
    const limits = made.urls.map((url) => waitForAnswer(url, NODE_PORT_LIMIT_MS, this.#stop.signal))
    const problems = await Promise.all(limits)
    const silent = made.urls.flatMap((url, index) =>
      problems[index] === undefined ? [] : `${url}: ${problems[index]}`,
    )
    if (silent.length > 0) {
      throw new TargetError('usage', `the twin of ${original.metadata.name} does not answer at ${silent.join('; ')}`)
    }
    this.urls = made.urls
  }

  /** Watches a Deployment, and waits until the template that it has now is rolled out. */
  async #awaitRolledOut(client: Client, deployment: Deployment, timeoutMs: number): Promise<void> {
    const { namespace } = this.#options
    const { metadata, spec } = deployment
    const listener = (event: TargetEvent): void => this.#listener(event)
    const container = this.#container
    const { onPodOutput } = this.#options
    const logs =
      onPodOutput &&
      new PodLogs({
        client,
        namespace,
        container,
        onLine: onPodOutput,
        onGap: (gap) => this.#listener({ at: toEpoch(now()), type: 'log-gap', detail: gap }),
      })
    this.#logs = logs
    const view = new DeploymentView({ client, namespace, deployment, container, listener, logs })
    this.#view = view
    await view.synced()
    await logs?.begin(view.pods)
    const outcome = await followRollout({
      client,
      namespace,
      view,
      template: spec.template,
      generation: metadata.generation ?? 0,
      timeoutMs,
      signal: this.#stop.signal,
      // It is not yet the rollout that is to be told of.
      listener: () => {},
    })
    if (outcome.status === 'interrupted') throw new TargetError('harness', 'stopped before the run began')
    if (outcome.status === 'failed') {
      throw new TargetError('usage', `Deployment ${metadata.name} is not at rest: ${outcome.reason}`)
    }
  }

  #emit(
    event:
      | { type: 'rollout-started' | 'rollout-finished'; detail: string }
      | { type: 'rollout-failed'; reason: string },
  ): void {
    this.#listener({ at: toEpoch(now()), ...event })
  }
}
