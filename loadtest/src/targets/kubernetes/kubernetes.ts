import { HarnessError } from '../../base/errors.js'
import { now, toEpoch } from '../../base/clock.js'
import { rightsFor } from './actions/rights.js'
import { assertRights } from './api/rights.js'
import { versionsOf, type Action } from './actions/action.js'
import { Roll } from './actions/roll.js'
import type { Change } from './changes/changes.js'
import { Client } from './api/client.js'
import { Baseline } from './restore/baseline.js'
import { loadKubeconfig } from './api/kubeconfig.js'
import type { Workload } from './api/objects.js'
import type { KubernetesTargetOptions } from './options.js'
import type { Snapshot } from './workload/snapshot.js'
import { createTwin, cleanUpTwin, readServices } from './twin/twin.js'
import { planTwin, type TwinDifference } from './twin/twin-plan.js'
import { takeSnapshot } from './workload/take-snapshot.js'
import { assertUrlsAnswer } from '../reachable.js'
import { TargetWork } from '../work.js'
import { awaitTwinUrls } from './workload/urls.js'
import { WatchedWorkload } from './rollout/watched-workload.js'
import { type RolloutOutcome, type Target, type TargetEvent, type TargetListener } from '../target.js'

export { Baseline } from './restore/baseline.js'
export type { KubernetesTargetOptions } from './options.js'
export type { TwinDifference } from './twin/twin-plan.js'

/**
 * Creates a target for a Deployment, StatefulSet or DaemonSet in a cluster.
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
  readonly #work = new TargetWork()
  #listener: TargetListener = () => {}
  #snapshot: Snapshot | undefined
  #action: Action | undefined
  /** The workload that the action changes, or its twin. */
  #watched: WatchedWorkload | undefined
  #hasTwin = false

  constructor(options: KubernetesTargetOptions) {
    this.#options = options
    this.#baseline = options.baseline ?? new Baseline()
  }

  start(listener: TargetListener): Promise<void> {
    this.#listener = listener
    return this.#work.follow(this.#start())
  }

  rollout(signal: AbortSignal): Promise<RolloutOutcome> {
    return this.#work.follow(this.#rollout(AbortSignal.any([signal, this.#work.signal])))
  }

  async restore({ kept }: { readonly kept: boolean }): Promise<string | undefined> {
    await this.#work.stop()
    await this.#watched?.finishLogs()
    this.#listener = () => {}
    this.#watched?.stop()
    const outside = await this.#action?.release?.()
    const inside = await this.#restore(kept)
    return [outside, inside].filter((each) => each !== undefined).join('; ') || undefined
  }

  async #restore(kept: boolean): Promise<string | undefined> {
    if (this.#hasTwin && this.#snapshot !== undefined) return cleanUpTwin(this.#snapshot)
    // Rollouts before this one may have changed the workload even if this one has no action yet.
    return this.#action === undefined ? this.#baseline.restore() : this.#action.restore(kept)
  }

  async #start(): Promise<void> {
    const { namespace, workload, container, urls, twin, operation, image, values = {}, timeoutMs } = this.#options
    const { kind, name } = workload
    const client = new Client(await loadKubeconfig(this.#options))
    await assertRights(client, namespace, rightsFor(kind, operation, { twin: twin !== undefined }))
    const snapshot = await takeSnapshot(client, { namespace, workload, container, timeoutMs })
    this.#snapshot = snapshot
    this.#baseline.record(snapshot)
    // Planned for the original even if the run uses a twin: an impossible operation must not create a twin first.
    const planned = operation.plan(snapshot, { image, values }, this.#baseline)
    if (this.#options.reachedFromHere !== false) await assertUrlsAnswer(urls, this.#options.access)
    this.urls = urls
    if (twin === undefined) {
      this.#action = planned
      await this.#watch(snapshot, snapshot.original).atRest(this.#work.signal)
    } else await this.#startTwin(snapshot, planned.change, twin)
    const action = this.#action ?? planned
    const watched = this.#watched?.workload ?? snapshot.original
    const { fromVersion, toVersion } = versionsOf(action, watched, snapshot.container)
    const what = twin === undefined ? name : `${watched.metadata.name}, the twin of ${name},`
    this.description = `${what} in namespace ${namespace} of ${client.context}: from ${fromVersion} to ${toVersion} (${action.detail})`
  }

  async #rollout(signal: AbortSignal): Promise<RolloutOutcome> {
    const { timeoutMs } = this.#options
    const [snapshot, action, watched] = [this.#snapshot, this.#action, this.#watched]
    if (snapshot === undefined || action === undefined || watched === undefined) {
      throw new HarnessError('rollout before start')
    }
    if (signal.aborted) return { status: 'interrupted' }
    const { detail } = action
    const { view, workload } = watched
    this.#emit({ type: 'rollout-started', detail })
    const listener = (event: TargetEvent): void => this.#listener(event)
    const { client, kind, namespace, container } = snapshot
    const context = { client, namespace, kind, workload, container, view, timeoutMs, signal, listener }
    const outcome = await action.perform(context)
    if (outcome.status === 'finished') this.#emit({ type: 'rollout-finished', detail })
    // The action reports a rollout that it undid when it fails.
    if (outcome.status === 'failed' && outcome.undone !== true) {
      this.#emit({ type: 'rollout-failed', reason: outcome.reason })
    }
    return outcome
  }

  async #startTwin(snapshot: Snapshot, change: Change | undefined, twin: TwinDifference): Promise<void> {
    const { client, kind, namespace, original, container } = snapshot
    const { operation, image, values = {}, urls, timeoutMs, access } = this.#options
    const services = await readServices(client, namespace)
    const plan = planTwin({ kind, original, change, twin, services, container, direction: operation.direction })
    // From here on `restore` removes the twin.
    this.#hasTwin = true
    const made = await createTwin(
      { client, kind, namespace, original, services, urls, twinUrls: twin.urls },
      plan.before,
    )
    const twinSnapshot = { ...snapshot, original: made.workload, revisions: [] }
    const twinBaseline = new Baseline()
    this.#action = plan.change
      ? new Roll(twinBaseline, plan.change)
      : operation.plan(twinSnapshot, { image, values }, twinBaseline)
    await this.#watch(snapshot, made.workload).rolledOut(timeoutMs, this.#work.signal)
    if (this.#options.reachedFromHere !== false) {
      await awaitTwinUrls(made.urls, original.metadata.name, { signal: this.#work.signal, access })
    }
    this.urls = made.urls
  }

  #watch(snapshot: Snapshot, workload: Workload): WatchedWorkload {
    const listener = (event: TargetEvent): void => this.#listener(event)
    this.#watched = new WatchedWorkload(snapshot, workload, { listener, onPodOutput: this.#options.onPodOutput })
    return this.#watched
  }

  #emit(
    event:
      | { type: 'rollout-started' | 'rollout-finished'; detail: string }
      | { type: 'rollout-failed'; reason: string },
  ): void {
    this.#listener({ at: toEpoch(now()), ...event })
  }
}
