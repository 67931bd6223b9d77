import type { Workload } from '../api/objects.js'
import { ApiError } from '../api/api-error.js'
import { explainApi } from '../api/explain.js'
import type { RolloutOutcome } from '../../target.js'
import type { Change } from '../changes/changes.js'
import type { Baseline } from '../restore/baseline.js'
import { followRollout } from '../rollout/follow.js'
import { workloadPath } from '../workload/workload.js'
import { API_LIMIT_MS, type Action, type ActionContext } from './action.js'

export interface RollOptions {
  /** True for a change that is undone after every run, such as a slower readiness probe. Default: a finished rollout stays. */
  readonly temporary?: boolean
}

/** Rolls out a change of the pod template. */
export class Roll implements Action {
  readonly detail: string
  readonly change: Change
  readonly #baseline: Baseline
  readonly #temporary: boolean
  #sent = false
  #changed: Workload | undefined
  #finished = false

  constructor(baseline: Baseline, change: Change, { temporary = false }: RollOptions = {}) {
    this.#baseline = baseline
    this.#temporary = temporary
    this.change = change
    this.detail = change.detail
  }

  async perform(context: ActionContext): Promise<RolloutOutcome> {
    this.#sent = true
    const changed = await send(context, this.change)
    if ('status' in changed && typeof changed.status === 'string') return changed
    this.#changed = changed
    const outcome = await follow(context, this.#changed)
    this.#finished = outcome.status === 'finished'
    return outcome
  }

  async restore(kept: boolean): Promise<string | undefined> {
    if (this.#sent) this.#baseline.add({ change: this.change, changed: this.#changed })
    return kept && this.#finished && !this.#temporary ? undefined : this.#baseline.restore()
  }
}

/**
 * Sends a change to the API.
 *
 * @returns the workload as the API stored it, or a failed outcome if the API refused the change.
 * @throws {HarnessError} the API does not answer, or no longer accepts the credentials.
 */
export async function send(
  { client, kind, namespace, workload }: ActionContext,
  { detail, contentType, patch: body }: Change,
): Promise<Workload | RolloutOutcome> {
  const path = workloadPath(kind, namespace, workload.metadata.name)
  try {
    return await client.persist<Workload>(API_LIMIT_MS, 'PATCH', path, { body, contentType })
  } catch (error) {
    // A refusal of the change itself, by an admission rule for example, is a fact about the target.
    if (!(error instanceof ApiError) || error.status === 401 || error.status >= 500) {
      throw explainApi(error, client, 'harness', detail)
    }
    return { status: 'failed', reason: `the API refused to ${detail}: ${error.message}` }
  }
}

/**
 * Follows a change that was sent to its end.
 *
 * @param changed the workload as the API stored it, since an admission rule may have added to the change.
 */
export const follow = (
  { client, namespace, kind, view, timeoutMs, signal, listener }: ActionContext,
  { metadata: { generation = 0 }, spec: { template } }: Workload,
): Promise<RolloutOutcome> =>
  followRollout({ client, namespace, kind, view, template, generation, timeoutMs, signal, listener })
