import { now, toEpoch } from '../../../base/clock.js'
import type { RolloutOutcome } from '../../target.js'
import type { Pod, PodTemplate } from '../api/objects.js'
import { gitOpsAdvice, writerOf } from '../workload/last-writer.js'
import { lastOutput, lastWarning } from '../pods/pod-output.js'
import { isSuperseded } from './rollout-status.js'
import type { WorkloadView, WorkloadViewOptions } from './workload-view.js'
import { deadlineExceeded, describeWaiting, FailureWatch, type PodFailure } from '../pods/pod-failures.js'

export interface FollowOptions extends Pick<WorkloadViewOptions, 'client' | 'namespace' | 'kind' | 'listener'> {
  readonly view: WorkloadView
  /** The template that the rollout ends with. */
  readonly template: PodTemplate
  /** The generation of the workload with that template. An older one was seen before the change. */
  readonly generation: number
  readonly timeoutMs: number
  readonly signal: AbortSignal
  /** Whether a rollout that stands still counts as finished. Default: false. */
  readonly orHalted?: boolean
}

/** Failures and the time limit come without a change of an object. */
const POLL_MS = 1_000

type Verdict =
  | { readonly status: 'finished' | 'interrupted' }
  | {
      readonly status: 'failed'
      readonly reason: string
      readonly failure?: PodFailure
      readonly waiting?: readonly Pod[]
    }

/**
 * Follows a rollout until every new pod is available and every old one is gone, or until it has failed.
 *
 * @throws {HarnessError} the API was lost.
 */
export async function followRollout(options: FollowOptions): Promise<RolloutOutcome> {
  const { view, signal, timeoutMs } = options
  const look = createLook(options, now() + timeoutMs)
  for (;;) {
    const verdict = look()
    if (verdict?.status === 'failed') {
      // oxlint-disable-next-line no-await-in-loop -- the last step
      return { status: 'failed', reason: verdict.reason + (await explain(options, verdict)) }
    }
    if (verdict !== undefined) return verdict
    // oxlint-disable-next-line no-await-in-loop -- waits for the next change
    await view.nextChange(POLL_MS, signal)
  }
}

function createLook(options: FollowOptions, end: number): () => Verdict | undefined {
  const { view, kind, template, generation, timeoutMs, signal, listener, orHalted = false } = options
  const failures = new FailureWatch()
  let reported = ''
  return () => {
    if (signal.aborted) return { status: 'interrupted' }
    const { workload, status } = view
    if (workload === undefined || status === undefined) {
      return { status: 'failed', reason: `the ${kind.name} was deleted by somebody else` }
    }
    const { fresh, detail, updated, desired } = status
    if ((workload.metadata.generation ?? 0) >= generation) {
      if (isSuperseded(workload, template)) {
        return {
          status: 'failed',
          reason: `the ${kind.name} was changed by ${writerOf(workload)} during its rollout${gitOpsAdvice(workload)}`,
        }
      }
      if (detail !== reported) listener({ at: toEpoch(now()), type: 'rollout-progress', detail, updated, desired })
      reported = detail
      if (status.finished || (orHalted && status.halted !== undefined)) return { status: 'finished' }
      const failure = failures.lasting(workload, fresh)
      if (failure !== undefined) return { status: 'failed', reason: failure.text, failure }
      if (deadlineExceeded(workload)) {
        return {
          status: 'failed',
          reason: `the rollout exceeded its progressDeadlineSeconds (${detail})${describeWaiting(fresh)}`,
          waiting: fresh,
        }
      }
    }
    if (now() < end) return undefined
    const reason = `the rollout did not finish within ${Math.round(timeoutMs / 1_000)} s (${detail})${describeWaiting(fresh)}`
    return { status: 'failed', reason, waiting: fresh }
  }
}

/** Returns the last output or warning of a pod, to append to a message. */
async function explain(
  { client, namespace }: FollowOptions,
  { failure, waiting }: Extract<Verdict, { status: 'failed' }>,
): Promise<string> {
  if (failure?.container !== undefined && failure.pod !== undefined) {
    return lastOutput({ client, namespace, pod: failure.pod, container: failure.container })
  }
  return waiting === undefined ? '' : lastWarning({ client, namespace, pods: waiting })
}
