import { UsageError } from '../../../base/errors.js'
import type { Snapshot } from '../workload/snapshot.js'
import { gitOpsAdvice, writerOf } from '../workload/last-writer.js'
import { sameTemplate } from '../workload/templates.js'
import { restoreWorkload, templateOf, type SentChange } from './restore.js'

/**
 * The state of a workload before the first of several rollouts, and the changes that they made. Restoring goes back to that
 * state, and not to the state before the last rollout.
 */
export class Baseline {
  #snapshot: Snapshot | undefined
  #changes: SentChange[] = []

  /**
   * Records the state before a rollout. Only the first call sets the baseline.
   *
   * @throws {UsageError} somebody else changed the workload since the rollout before.
   */
  record(snapshot: Snapshot): void {
    const last = this.#changes.at(-1)
    const { kind, namespace, original } = snapshot
    if (last && !sameTemplate(original.spec.template, templateOf(last))) {
      const { name } = original.metadata
      throw new UsageError(
        `${kind.name} ${name} was changed by ${writerOf(original)} between two rollouts${gitOpsAdvice(original) || `: see 'kubectl rollout history -n ${namespace} ${kind.word}/${name}', and start again when it rests`}`,
      )
    }
    this.#snapshot ??= snapshot
  }

  /** Adds a change that was sent to the API, whether it succeeded or not. */
  add(change: SentChange): void {
    this.#changes.push(change)
  }

  /** Restores the workload. Returns what is left to do by hand, in one sentence. Never throws. */
  async restore(): Promise<string | undefined> {
    if (this.#snapshot === undefined || this.#changes.length === 0) return undefined
    const leftover = await restoreWorkload({ ...this.#snapshot, changes: this.#changes })
    // After a failure the next call tries again.
    if (leftover === undefined) this.#changes = []
    return leftover
  }
}
