import { now, toEpoch } from '../../../base/clock.js'
import { HarnessError, UsageError } from '../../../base/errors.js'
import type { TargetListener } from '../../target.js'
import type { Workload } from '../api/objects.js'
import { PodLogs } from '../pods/pod-logs.js'
import type { Snapshot } from '../workload/snapshot.js'
import { followRollout } from './follow.js'
import { WorkloadView } from './workload-view.js'

/** The time for pods of an earlier rollout to be gone, beside their grace period. */
const LEFTOVER_LIMIT_MS = 15_000

export interface WatchOptions {
  /** Receives what happens to the pods. */
  readonly listener: TargetListener
  /** Receives each line that a pod prints. */
  readonly onPodOutput?: ((pod: string, line: string) => void) | undefined
}

/** A workload and the logs of its pods, followed from the start of a run to its end. */
export class WatchedWorkload {
  readonly workload: Workload
  readonly view: WorkloadView
  readonly #logs: PodLogs | undefined
  readonly #snapshot: Snapshot

  /** @param workload the workload of the snapshot, or its twin. */
  constructor(snapshot: Snapshot, workload: Workload, { listener, onPodOutput }: WatchOptions) {
    const { client, namespace, kind, container } = snapshot
    const onGap = (detail: string): void => listener({ at: toEpoch(now()), type: 'log-gap', detail })
    const logs = onPodOutput && new PodLogs({ client, namespace, container, onLine: onPodOutput, onGap })
    this.#snapshot = snapshot
    this.#logs = logs
    this.workload = workload
    this.view = new WorkloadView({ client, namespace, kind, workload, container, listener, logs })
  }

  /**
   * Waits until the present template is rolled out and every other pod is gone.
   *
   * @throws {UsageError} the workload is not rolled out within the time limit.
   * @throws {HarnessError} the signal aborted, or the API was lost.
   */
  async rolledOut(timeoutMs: number, signal: AbortSignal): Promise<void> {
    const { client, namespace, kind } = this.#snapshot
    const { metadata, spec } = this.workload
    await this.view.synced()
    await this.#logs?.begin(this.view.pods)
    const outcome = await followRollout({
      client,
      namespace,
      kind,
      view: this.view,
      template: spec.template,
      generation: metadata.generation ?? 0,
      timeoutMs,
      signal,
      orHalted: true,
      // Only the rollout under load belongs into the report.
      listener: () => {},
    })
    if (outcome.status === 'interrupted') throw new HarnessError('stopped before the run began')
    if (outcome.status === 'failed') {
      throw new UsageError(
        `${kind.name} ${metadata.name} is not at rest: ${outcome.reason}; start again when its rollout is over`,
      )
    }
  }

  /**
   * Waits until the pods of an earlier rollout are gone: they may still be terminating although that rollout counts as finished.
   *
   * @throws {UsageError | HarnessError} as {@link rolledOut}
   */
  async atRest(signal: AbortSignal): Promise<void> {
    const { terminationGracePeriodSeconds = 30 } = this.workload.spec.template.spec
    await this.rolledOut(terminationGracePeriodSeconds * 1_000 + LEFTOVER_LIMIT_MS, signal)
  }

  /** Reads every log to its last line. */
  async finishLogs(): Promise<void> {
    await this.#logs?.finish()
  }

  stop(): void {
    this.view.stop()
  }
}
