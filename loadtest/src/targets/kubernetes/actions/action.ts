import { now, toEpoch } from '../../../base/clock.js'
import type { RolloutOutcome, TargetListener } from '../../target.js'
import type { Client } from '../api/client.js'
import type { Kind } from '../workload/kinds.js'
import type { Workload } from '../api/objects.js'
import type { WorkloadView } from '../rollout/workload-view.js'

/** Where an act takes place: the workload or its twin, at rest and under load. */
export interface ActionContext {
  readonly client: Client
  readonly namespace: string
  readonly kind: Kind
  /** As it was at rest. */
  readonly workload: Workload
  /** The container whose image is the version. */
  readonly container: string
  readonly view: WorkloadView
  readonly timeoutMs: number
  readonly signal: AbortSignal
  readonly listener: TargetListener
}

/** What a scenario does to a workload. */
export interface Action {
  /** For people, as kubectl would be told it. */
  readonly detail: string
  readonly fromVersion: string
  readonly toVersion: string
  /** Does it, and follows it to its end. */
  perform(context: ActionContext): Promise<RolloutOutcome>
  /** Gives back what is not part of the workload (a node, a pod); says in one sentence what could not be. Never throws. */
  release?(): Promise<string | undefined>
  /**
   * Has the workload as it was found, or says in one sentence what is left to do and how. Never throws.
   *
   * @param kept a new version that is rolled out stays.
   */
  putBack(kept: boolean): Promise<string | undefined>
}

/** The API may be away this long in the middle of an act. */
export const API_LIMIT_MS = 30_000
const LOOK_MS = 1_000

/**
 * Waits until something is seen.
 *
 * @returns undefined once it is; otherwise how the act ends: interrupted, or failed with `late()` as the reason.
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
      return { status: 'failed', reason: `it was not finished after ${Math.round(timeoutMs / 1_000)} s (${late()})` }
    }
    // oxlint-disable-next-line no-await-in-loop -- waits for the next change
    await view.nextChange(LOOK_MS, signal)
  }
  return undefined
}

/** Waits until the workload has all its pods, ready, and every other one is gone. */
export const waitForRest = (
  context: ActionContext,
  also: () => boolean = () => true,
): Promise<RolloutOutcome | undefined> =>
  waitFor(
    context,
    () => also() && context.view.status?.finished === true,
    () => context.view.status?.detail ?? `the ${context.kind.name} was deleted by somebody else`,
  )

export function tell({ listener, view }: ActionContext, detail: string): void {
  const { updated = 0, desired = 0 } = view.status ?? {}
  listener({ at: toEpoch(now()), type: 'rollout-progress', detail, updated, desired })
}
