import { HarnessError } from '../../../base/errors.js'
import { now, toEpoch } from '../../../base/clock.js'
import type { Access } from '../../../base/wire/access.js'
import { plural } from '../../../base/text.js'
import type { RolloutOutcome, Target, TargetEvent, TargetListener } from '../../target.js'
import { watchRights } from '../actions/rights.js'
import { Client } from '../api/client.js'
import { loadKubeconfig, type KubeconfigOptions } from '../api/kubeconfig.js'
import { assertRights } from '../api/rights.js'
import { isSuperseded } from '../rollout/rollout-status.js'
import { WatchedWorkload } from '../rollout/watched-workload.js'
import type { WorkloadName } from '../workload/kinds.js'
import { gitOpsAdvice, writerOf } from '../workload/last-writer.js'
import { takeSnapshot } from '../workload/take-snapshot.js'
import { assertUrlsAnswer } from '../../reachable.js'
import { authorOf, runCommand } from '../../command.js'
import { TargetWork } from '../../work.js'

/** The options of a target whose rollout somebody else makes. */
export interface KubernetesWatchOptions extends KubeconfigOptions {
  readonly namespace: string
  /** At least one. */
  readonly workloads: readonly WorkloadName[]
  /** The container whose image is the version. Required only if the pods of a workload have several. */
  readonly container?: string
  /** The base URLs that the load goes to. */
  readonly urls: readonly string[]
  /** The headers of the user, and TLS. */
  readonly access?: Access
  /** Whether this machine reaches the URLs. Default: true. */
  readonly reachedFromHere?: boolean
  /** The program and the arguments that make the rollout. Empty: somebody else makes it. */
  readonly command: readonly string[]
  /** How long to wait for the first change, in ms: from the start, or from the end of the command. */
  readonly patienceMs: number
  /** How long the rollout may take, in ms. */
  readonly timeoutMs: number
  /** Receives each line that a pod prints. */
  readonly onPodOutput?: (pod: string, line: string) => void
}

/**
 * Creates a target for workloads that something else rolls out: a command such as `helm upgrade`, or a GitOps controller. The target
 * changes nothing in the cluster.
 */
export const createKubernetesWatch = (options: KubernetesWatchOptions): Target => new KubernetesWatch(options)

const POLL_MS = 1_000

/** The fields of a workload that change when somebody changes it. */
interface Seen {
  readonly generation: number | undefined
  readonly progress: string | undefined
}

const seenOf = ({ view }: Pick<WatchedWorkload, 'view'>): Seen => ({
  generation: view.workload?.metadata.generation,
  progress: view.progress,
})

class KubernetesWatch implements Target {
  description = 'workloads in a cluster'
  urls: readonly string[] = []
  readonly #options: KubernetesWatchOptions
  readonly #work = new TargetWork()
  readonly #watched: WatchedWorkload[] = []
  /** Workloads of which a pod got SIGTERM, as by `kubectl delete pod`: their generation stays. */
  readonly #touched = new Set<string>()
  /** Workloads whose template was seen to differ from that at the start. */
  readonly #strayed = new Set<string>()
  #listener: TargetListener = () => {}

  constructor(options: KubernetesWatchOptions) {
    this.#options = options
  }

  start(listener: TargetListener): Promise<void> {
    this.#listener = listener
    return this.#work.follow(this.#start())
  }

  rollout(signal: AbortSignal): Promise<RolloutOutcome> {
    return this.#work.follow(this.#rollout(AbortSignal.any([signal, this.#work.signal])))
  }

  async restore(): Promise<string | undefined> {
    await this.#work.stop()
    await Promise.all(this.#watched.map(async (one) => one.finishLogs()))
    this.#listener = () => {}
    for (const one of this.#watched) one.stop()
    return undefined
  }

  async #start(): Promise<void> {
    const { namespace, workloads, container, urls, timeoutMs, onPodOutput } = this.#options
    const client = new Client(await loadKubeconfig(this.#options))
    for (const { kind } of workloads) {
      // oxlint-disable-next-line no-await-in-loop -- the first missing right ends the start
      await assertRights(client, namespace, watchRights(kind))
    }
    if (this.#options.reachedFromHere !== false) await assertUrlsAnswer(urls, this.#options.access)
    this.urls = urls
    for (const workload of workloads) {
      const listener = (event: TargetEvent): void => {
        if (event.type === 'pod-terminating') this.#touched.add(workload.name)
        this.#listener(event)
      }
      /* oxlint-disable no-await-in-loop -- one workload after the other */
      const snapshot = await takeSnapshot(client, { namespace, workload, container, timeoutMs })
      const watched = new WatchedWorkload(snapshot, snapshot.original, { listener, onPodOutput })
      this.#watched.push(watched)
      await watched.atRest(this.#work.signal)
      /* oxlint-enable no-await-in-loop */
    }
    const names = workloads.map(({ kind, name }) => `${kind.word}/${name}`).join(', ')
    this.description = `${names} in namespace ${namespace} of ${client.context}, rolled out by ${authorOf(this.#options.command)}`
  }

  async #rollout(signal: AbortSignal): Promise<RolloutOutcome> {
    if (this.#watched.length === 0) throw new HarnessError('rollout before start')
    const { command, patienceMs, timeoutMs } = this.#options
    const before = this.#watched.map(seenOf)
    this.#touched.clear()
    const detail = `by ${authorOf(command)}`
    this.#emit({ type: 'rollout-started', detail })
    const end = now() + timeoutMs
    if (command.length > 0) {
      const failure = await runCommand(command, timeoutMs, signal)
      if (signal.aborted) return { status: 'interrupted' }
      if (failure !== undefined) return this.#failed(failure)
    }
    const patience = Math.min(end, now() + patienceMs)
    let reported = ''
    for (;;) {
      if (signal.aborted) return { status: 'interrupted' }
      const status = this.#status(before)
      if (status.detail !== reported) {
        const { updated, desired } = status
        this.#emit({ type: 'rollout-progress', detail: status.detail, updated, desired })
      }
      reported = status.detail
      if (status.failed) return this.#failed(status.detail)
      if (status.changed === 0 && now() >= patience) return this.#failed(this.#unchanged(patienceMs))
      // With a command, the workloads that it did not change stay as they are. Otherwise the user named all that roll.
      if (status.changed > 0 && status.finished && (command.length > 0 || status.changed === this.#watched.length)) {
        const undone = this.#undone()
        if (undone === undefined) break
        return this.#failed(undone)
      }
      if (now() >= end) return this.#failed(`it did not finish within ${timeoutMs / 1_000} s (${status.detail})`)
      // oxlint-disable-next-line no-await-in-loop -- waits for the next change
      await Promise.race(this.#watched.map(async ({ view }) => view.nextChange(POLL_MS, signal)))
    }
    this.#emit({ type: 'rollout-finished', detail })
    return { status: 'finished' }
  }

  #status(before: readonly Seen[]): {
    readonly changed: number
    readonly finished: boolean
    readonly failed: boolean
    readonly detail: string
    readonly updated: number
    readonly desired: number
  } {
    const all = this.#watched.map(({ view, workload }, index) => ({
      name: workload.metadata.name,
      status: view.status,
      isChanged: this.#touched.has(workload.metadata.name) || this.#changedSince(seenOf({ view }), before[index]),
    }))
    for (const { view, workload } of this.#watched) {
      if (view.workload && isSuperseded(view.workload, workload.spec.template))
        this.#strayed.add(workload.metadata.name)
    }
    const rolling = all.filter(({ isChanged }) => isChanged)
    const total = (of: 'updated' | 'desired'): number =>
      rolling.reduce((sum, { status }) => sum + (status?.[of] ?? 0), 0)
    const stopped = rolling.find(({ status }) => status?.halted !== undefined && status.halted !== 'paused')
    const waiting = stopped ?? rolling.find(({ status }) => status?.finished !== true)
    return {
      changed: rolling.length,
      finished: waiting === undefined,
      failed: stopped !== undefined,
      detail:
        rolling.length === 0
          ? 'nothing has changed yet'
          : waiting === undefined
            ? `${plural(rolling.length, 'workload')} rolled out`
            : `${waiting.name}: ${waiting.status?.detail ?? 'it was deleted'}`,
      updated: total('updated'),
      desired: total('desired'),
    }
  }

  /** Without a command, a change of the number of replicas, by an autoscaler for example, is not the rollout that the user waits for. */
  #changedSince(seen: Seen, before: Seen | undefined): boolean {
    if (seen.progress !== before?.progress) return true
    return this.#options.command.length > 0 && seen.generation !== before?.generation
  }

  /** Returns that a GitOps controller has undone what the command changed; undefined if none has. */
  #undone(): string | undefined {
    if (this.#options.command.length === 0) return undefined
    for (const { view, workload } of this.#watched) {
      const { name } = workload.metadata
      const seen = view.workload
      if (seen === undefined || !this.#strayed.has(name) || isSuperseded(seen, workload.spec.template)) continue
      const advice = gitOpsAdvice(seen)
      if (advice !== '') return `${name} has its old template again: ${writerOf(seen)} undid the change${advice}`
    }
    return undefined
  }

  #unchanged(patienceMs: number): string {
    const names = this.#watched.map(({ workload }) => workload.metadata.name).join(', ')
    const seconds = patienceMs / 1_000
    return this.#options.command.length === 0
      ? `${names} did not change within ${seconds} s: roll it out, or wait longer with --for`
      : `${names} did not change within ${seconds} s after the command: name what the command rolls out with --workload, or wait longer with --for`
  }

  #failed(reason: string): RolloutOutcome {
    this.#emit({ type: 'rollout-failed', reason })
    return { status: 'failed', reason }
  }

  #emit(
    event:
      | { type: 'rollout-started' | 'rollout-finished'; detail: string }
      | { type: 'rollout-progress'; detail: string; updated: number; desired: number }
      | { type: 'rollout-failed'; reason: string },
  ): void {
    this.#listener({ at: toEpoch(now()), ...event })
  }
}
