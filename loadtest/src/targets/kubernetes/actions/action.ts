import { now, toEpoch } from '../../../base/clock.js'
import type { RolloutOutcome, TargetListener } from '../../target.js'
import type { Client } from '../api/client.js'
import type { Change } from '../changes/changes.js'
import type { Kind } from '../workload/kinds.js'
import { versionOf, type Workload } from '../api/objects.js'
import { imageOf } from '../workload/templates.js'
import type { WorkloadView } from '../rollout/workload-view.js'

/** The workload or its twin, fully rolled out and under load. */
export interface ActionContext {
  readonly client: Client
  readonly namespace: string
  readonly kind: Kind
  /** The workload before the action. */
  readonly workload: Workload
  /** The container whose image is the version. */
  readonly container: string
  readonly view: WorkloadView
  readonly timeoutMs: number
  readonly signal: AbortSignal
  readonly listener: TargetListener
}

/** A change of a workload, its pods or its nodes. */
export interface Action {
  /** Describes the action for reports, in the words of kubectl. */
  readonly detail: string
  /** The change of the pod template; undefined if the template stays as it is. */
  readonly change?: Change
  /** Performs the action and follows it to its end. */
  perform(context: ActionContext): Promise<RolloutOutcome>
  /**
   * Restores a node that was cordoned, or deletes a pod that was added.
   *
   * Returns what is left to do by hand, in one sentence. Never throws.
   */
  release?(): Promise<string | undefined>
  /**
   * Restores the workload. Returns what is left to do by hand, in one sentence. Never throws.
   *
   * @param kept whether a finished rollout of a new version stays.
   */
  restore(kept: boolean): Promise<string | undefined>
}

/** Returns the versions of a workload before and after an action. They are the same if the pod template stays as it is. */
export function versionsOf(
  { change }: Action,
  { spec }: Workload,
  container: string,
): Pick<Change, 'fromVersion' | 'toVersion'> {
  const version = versionOf(imageOf(spec.template, container))
  return change ?? { fromVersion: version, toVersion: version }
}

/** How long an action waits for an API that does not answer. */
export const API_LIMIT_MS = 30_000
const POLL_MS = 1_000

/**
 * Waits until a condition holds.
 *
 * @returns undefined when it holds; otherwise the outcome of the action: interrupted, or failed with the reason `late()`.
 * @throws {HarnessError} the API was lost.
 */
export async function waitFor(
  { view, signal, timeoutMs }: ActionContext,
  done: () => boolean,
  late: () => string,
): Promise<RolloutOutcome | undefined> {
  const end = now() + timeoutMs
  while (!done()) {
    if (signal.aborted) return { status: 'interrupted' }
    if (now() > end) {
      return {
        status: 'failed',
        reason: `the action did not finish within ${Math.round(timeoutMs / 1_000)} s (${late()})`,
      }
    }
    // oxlint-disable-next-line no-await-in-loop -- waits for the next change
    await view.nextChange(POLL_MS, signal)
  }
  return undefined
}

/** Waits until every pod of the workload is ready and every other pod is gone. */
export const waitForRest = (
  context: ActionContext,
  also: () => boolean = () => true,
): Promise<RolloutOutcome | undefined> =>
  waitFor(
    context,
    () => also() && context.view.status?.finished === true,
    () => context.view.status?.detail ?? `the ${context.kind.name} was deleted by somebody else`,
  )

export function reportProgress({ listener, view }: ActionContext, detail: string): void {
  const { updated = 0, desired = 0 } = view.status ?? {}
  listener({ at: toEpoch(now()), type: 'rollout-progress', detail, updated, desired })
}
