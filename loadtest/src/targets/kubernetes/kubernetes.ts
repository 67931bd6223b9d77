import { HarnessError, UsageError } from '../../base/errors.js'
import { now, toEpoch } from '../../base/clock.js'
import type { Operation } from './actions/operation.js'
import { rightsFor } from './actions/rights.js'
import { assertRights } from './api/rights.js'
import type { Action } from './actions/action.js'
import { Roll } from './actions/roll.js'
import { chooseContainer, type Change } from './changes/changes.js'
import { Client } from './api/client.js'
import { followRollout } from './rollout/follow.js'
import { Baseline } from './restore/baseline.js'
import { loadKubeconfig, type KubeconfigOptions } from './api/kubeconfig.js'
import type { WorkloadName } from './workload/kinds.js'
import type { Workload } from './api/objects.js'
import { PodLogs } from './pods/pod-logs.js'
import type { Snapshot } from './workload/snapshot.js'
import { createTwin, leaveNoTwin, readServices } from './twin/twin.js'
import { planTwin, type TwinDifference } from './twin/twin-plan.js'
import { assertUrlsAnswer } from './workload/urls.js'
import { assertAtRest, readRevisions, readWorkload } from './workload/workload.js'
import { WorkloadView } from './rollout/workload-view.js'
import { waitForAnswer } from '../reachable.js'
import { type RolloutOutcome, type Target, type TargetEvent, type TargetListener } from '../target.js'

export { Baseline } from './restore/baseline.js'
export type { TwinDifference } from './twin/twin-plan.js'

export interface KubernetesTargetOptions extends KubeconfigOptions {
  readonly namespace: string
  readonly workload: WorkloadName
  /** Needed only where its pods have several. */
  readonly container?: string
  readonly operation: Operation
  /** The new image, if the operation needs one. */
  readonly image?: string
  /** The values of the scenario's own flags, by their names. */
  readonly values?: Readonly<Record<string, number>>
  /** Base URLs that the load goes to. */
  readonly urls: readonly string[]
  /** How long the rollout may take. */
  readonly timeoutMs: number
  /** With it the workload is not touched: a copy that differs in this is made, rolled, and removed. */
  readonly twin?: TwinDifference
  /** Shared by the targets of several rollouts of one workload, its twin's not among them: where they go back to. */
  readonly baseline?: Baseline
  /** Each line that a pod prints, from the start of the run or of the pod to its last one. */
  readonly onPodOutput?: (pod: string, line: string) => void
}

/** A node port of a new Service is there on every node after a while. */
const NODE_PORT_LIMIT_MS = 60_000
/** Beside their grace period, what is left for pods of an earlier rollout to be gone. */
const LEFTOVER_LIMIT_MS = 15_000

/**
 * A Deployment, StatefulSet or DaemonSet in a cluster, and what may happen to it there: `set image`, `rollout undo`,
 * `rollout restart`, `scale`, a deleted pod, a drained node.
 *
 * @example
 * createKubernetesTarget({
 *   namespace: 'cloud',
 *   workload: { kind: DEPLOYMENT, name: 'cloud-communal-service' },
 *   operation: setImage.kubernetes,
 *   image: 'registry.example.org/cloud-communal:v1.0.1',
 *   urls: ['http://192.0.2.10:30080'],
 *   timeoutMs: 300_000,
 * })
 */
export function createKubernetesTarget(options: KubernetesTargetOptions): Target {
  return new KubernetesTarget(options)
}

class KubernetesTarget implements Target {
  description = 'a workload in a cluster'
  urls: readonly string[] = []
  readonly #options: KubernetesTargetOptions
  readonly #baseline: Baseline
  readonly #stop = new AbortController()
  #listener: TargetListener = () => {}
  #snapshot: Snapshot | undefined
  #action: Action | undefined
  /** On which it acts: the workload, or its twin. */
  #workload: Workload | undefined
  #view: WorkloadView | undefined
  #logs: PodLogs | undefined
  #twinMade = false
  /** What is under way: it ends before the target is put back. */
  #work: Promise<unknown> = Promise.resolve()

  constructor(options: KubernetesTargetOptions) {
    this.#options = options
    this.#baseline = options.baseline ?? new Baseline()
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
    await this.#work.catch(() => {})
    await this.#logs?.finish()
    this.#listener = () => {}
    this.#view?.stop()
    const outside = await this.#action?.release?.()
    const inside = await this.#putBack(kept)
    return [outside, inside].filter((each) => each !== undefined).join('; ') || undefined
  }

  async #putBack(kept: boolean): Promise<string | undefined> {
    if (this.#twinMade && this.#snapshot !== undefined) return leaveNoTwin(this.#snapshot)
    // One that did not come to its act may have others before it.
    return this.#action === undefined ? this.#baseline.restore() : this.#action.putBack(kept)
  }

  async #start(): Promise<void> {
    const {
      namespace,
      workload: named,
      container: wanted,
      urls,
      twin,
      operation,
      image,
      values = {},
      timeoutMs,
    } = this.#options
    const { kind, name } = named
    const client = new Client(await loadKubeconfig(this.#options))
    await assertRights(client, namespace, rightsFor(kind, operation, { twin: twin !== undefined }))
    const original = await readWorkload(client, kind, namespace, name)
    const container = chooseContainer(kind, original, wanted)
    assertAtRest(kind, original)
    const revisions = await readRevisions(client, kind, namespace, original)
    const snapshot = { client, kind, namespace, original, revisions, container, timeoutMs }
    this.#snapshot = snapshot
    this.#baseline.record(snapshot)
    // Planned for the original even if the run uses a twin: an impossible operation must not create a twin first.
    const plan = operation.plan(snapshot, { image, values }, this.#baseline)
    await assertUrlsAnswer(urls)
    this.urls = urls
    if (twin === undefined) {
      this.#action = plan.action
      await this.#awaitRest(snapshot)
    } else await this.#makeTwin(snapshot, plan.change, twin)
    const { fromVersion, toVersion, detail } = this.#action ?? plan.action
    const what = twin === undefined ? name : `${this.#workload?.metadata.name}, the twin of ${name},`
    this.description = `${what} in namespace ${namespace} of ${client.context}: from ${fromVersion} to ${toVersion} (${detail})`
  }

  async #rollout(signal: AbortSignal): Promise<RolloutOutcome> {
    const { timeoutMs } = this.#options
    const [snapshot, action, view, workload] = [this.#snapshot, this.#action, this.#view, this.#workload]
    if (snapshot === undefined || action === undefined || view === undefined || workload === undefined) {
      throw new HarnessError('rollout before start')
    }
    if (signal.aborted) return { status: 'interrupted' }
    const { client, kind, namespace, container } = snapshot
    const { detail } = action
    this.#emit({ type: 'rollout-started', detail })
    const listener = (event: TargetEvent): void => this.#listener(event)
    const outcome = await action.perform({
      client,
      namespace,
      kind,
      workload,
      container,
      view,
      timeoutMs,
      signal,
      listener,
    })
    if (outcome.status === 'finished') this.#emit({ type: 'rollout-finished', detail })
    // One that was undone was told when it failed.
    if (outcome.status === 'failed' && outcome.undone !== true) {
      this.#emit({ type: 'rollout-failed', reason: outcome.reason })
    }
    return outcome
  }

  /** Pods of an earlier rollout may still be on their way out, though it counts as finished. */
  async #awaitRest(snapshot: Snapshot): Promise<void> {
    const { terminationGracePeriodSeconds = 30 } = snapshot.original.spec.template.spec
    await this.#awaitRolledOut(snapshot, snapshot.original, terminationGracePeriodSeconds * 1_000 + LEFTOVER_LIMIT_MS)
  }

  async #makeTwin(snapshot: Snapshot, change: Change | undefined, twin: TwinDifference): Promise<void> {
    const { client, kind, namespace, original, container } = snapshot
    const { operation, image, values = {}, urls, timeoutMs } = this.#options
    const services = await readServices(client, namespace)
    const plan = planTwin({ kind, original, change, twin, services, container, direction: operation.direction })
    // From here on there may be something to remove.
    this.#twinMade = true
    const made = await createTwin(
      { client, kind, namespace, original, services, urls, twinUrls: twin.urls },
      plan.before,
    )
    const twinSnapshot = { ...snapshot, original: made.workload, revisions: [] }
    const twinBaseline = new Baseline()
    this.#action = plan.change
      ? new Roll(twinBaseline, plan.change)
      : operation.plan(twinSnapshot, { image, values }, twinBaseline).action
    await this.#awaitRolledOut(snapshot, made.workload, timeoutMs)
    const limits = made.urls.map((url) => waitForAnswer(url, NODE_PORT_LIMIT_MS, this.#stop.signal))
    const problems = await Promise.all(limits)
    const silent = made.urls.flatMap((url, index) =>
      problems[index] === undefined ? [] : `${url}: ${problems[index]}`,
    )
    if (silent.length > 0) {
      throw new UsageError(`the twin of ${original.metadata.name} does not answer at ${silent.join('; ')}`)
    }
    this.urls = made.urls
  }

  /** Watches a workload, and waits until the template that it has now is rolled out. */
  async #awaitRolledOut(
    { client, kind, namespace, container }: Snapshot,
    workload: Workload,
    timeoutMs: number,
  ): Promise<void> {
    const { metadata, spec } = workload
    const listener = (event: TargetEvent): void => this.#listener(event)
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
    this.#workload = workload
    this.#logs = logs
    const view = new WorkloadView({ client, namespace, kind, workload, container, listener, logs })
    this.#view = view
    await view.synced()
    await logs?.begin(view.pods)
    const outcome = await followRollout({
      client,
      namespace,
      kind,
      view,
      template: spec.template,
      generation: metadata.generation ?? 0,
      timeoutMs,
      signal: this.#stop.signal,
      // It is not yet the rollout that is to be told of.
      listener: () => {},
    })
    if (outcome.status === 'interrupted') throw new HarnessError('stopped before the run began')
    if (outcome.status === 'failed') {
      throw new UsageError(`${kind.name} ${metadata.name} is not at rest: ${outcome.reason}`)
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
