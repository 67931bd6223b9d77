import { now, toEpoch } from '../../../base/clock.js'
import type { RolloutOutcome } from '../../target.js'
import type { Pod, PodTemplate } from '../api/objects.js'
import { lastOutput, lastWarning } from '../pods/pod-output.js'
import { isSuperseded } from './rollout-status.js'
import type { WorkloadView, WorkloadViewOptions } from './workload-view.js'
import { deadlineExceeded, describeWaiting, TroubleWatch, type Trouble } from '../pods/pod-failures.js'

export interface FollowOptions extends Pick<WorkloadViewOptions, 'client' | 'namespace' | 'kind' | 'listener'> {
  readonly view: WorkloadView
  /** What the pods are to be made from. */
  readonly template: PodTemplate
  /** Of the workload with that template: what is seen of an earlier one is from before the change. */
  readonly generation: number
  readonly timeoutMs: number
  readonly signal: AbortSignal
}

/** Troubles and the time limit come with time alone. */
const LOOK_MS = 1_000

type Verdict =
  | { readonly status: 'finished' | 'interrupted' }
  | {
      readonly status: 'failed'
      readonly reason: string
      readonly trouble?: Trouble
      readonly waiting?: readonly Pod[]
    }

/**
 * Follows a rollout to its end: every new pod available and every old one gone, or the reason why that will not be.
 *
 * @throws {HarnessError} the API was lost.
 */
export async function followRollout(options: FollowOptions): Promise<RolloutOutcome> {
  const { view, signal, timeoutMs } = options
  const look = createLook(options, now() + timeoutMs)
  for (;;) {
    const verdict = look()
    if (verdict?.status === 'failed') {
      // oxlint-disable-next-line no-await-in-loop -- the last thing that is done
      return { status: 'failed', reason: verdict.reason + (await explain(options, verdict)) }
    }
    if (verdict !== undefined) return verdict
    // oxlint-disable-next-line no-await-in-loop -- waits for the next change
    await view.nextChange(LOOK_MS, signal)
  }
}

function createLook(options: FollowOptions, end: number): () => Verdict | undefined {
  const { view, kind, template, generation, timeoutMs, signal, listener } = options
  const troubles = new TroubleWatch()
  let told = ''
  return () => {
    if (signal.aborted) return { status: 'interrupted' }
    const { workload, status } = view
    if (workload === undefined || status === undefined) {
      return { status: 'failed', reason: `the ${kind.name} was deleted by somebody else` }
    }
    const { fresh, detail, updated, desired } = status
    if ((workload.metadata.generation ?? 0) >= generation) {
      if (isSuperseded(workload, template)) {
        return { status: 'failed', reason: `the ${kind.name} was changed by somebody else during its rollout` }
      }
      if (detail !== told) listener({ at: toEpoch(now()), type: 'rollout-progress', detail, updated, desired })
      told = detail
      if (status.finished) return { status: 'finished' }
      const trouble = troubles.lasting(workload, fresh)
      if (trouble !== undefined) return { status: 'failed', reason: trouble.text, trouble }
      if (deadlineExceeded(workload)) {
        return {
          status: 'failed',
          reason: `it exceeded its progressDeadlineSeconds (${detail})${describeWaiting(fresh)}`,
          waiting: fresh,
        }
      }
    }
    if (now() < end) return undefined
    const reason = `it was not finished after ${Math.round(timeoutMs / 1_000)} s (${detail})${describeWaiting(fresh)}`
    return { status: 'failed', reason, waiting: fresh }
  }
}

/** What the cluster has to say beside the objects, as the end of a sentence. */
async function explain(
  { client, namespace }: FollowOptions,
  { trouble, waiting }: Extract<Verdict, { status: 'failed' }>,
): Promise<string> {
  if (trouble?.container !== undefined && trouble.pod !== undefined) {
    return lastOutput({ client, namespace, pod: trouble.pod, container: trouble.container })
  }
  return waiting === undefined ? '' : lastWarning({ client, namespace, pods: waiting })
}
