import type { RolloutOutcome } from '../../target.js'
import type { Change } from '../changes/changes.js'
import { ApiError } from '../api/client.js'
import { followRollout } from '../rollout/follow.js'
import type { Home } from '../restore/baseline.js'
import type { Workload } from '../api/objects.js'
import { explainApi } from '../api/explain.js'
import { workloadPath } from '../workload/workload.js'
import { API_LIMIT_MS, type Act, type Stage } from './action.js'

/** A change of the pod template, rolled out: `set image`, `rollout undo`, `rollout restart`, a slow readiness. */
export class Roll implements Act {
  readonly detail: string
  readonly fromVersion: string
  readonly toVersion: string
  readonly #home: Home
  readonly #change: Change
  readonly #passing: boolean
  #sent = false
  #changed: Workload | undefined
  #finished = false

  /**
   * @param home what it is put back to
   * @param passing true where it is no new version: it does not stay, however it ended.
   */
  constructor(home: Home, change: Change, { passing = false }: { readonly passing?: boolean } = {}) {
    this.#home = home
    this.#change = change
    this.#passing = passing
    this.detail = change.detail
    this.fromVersion = change.fromVersion
    this.toVersion = change.toVersion
  }

  async perform(stage: Stage): Promise<RolloutOutcome> {
    this.#sent = true
    const changed = await send(stage, this.#change)
    if ('status' in changed && typeof changed.status === 'string') return changed
    this.#changed = changed
    const outcome = await follow(stage, this.#changed)
    this.#finished = outcome.status === 'finished'
    return outcome
  }

  async putBack(kept: boolean): Promise<string | undefined> {
    if (this.#sent) this.#home.left({ change: this.#change, changed: this.#changed })
    return kept && this.#finished && !this.#passing ? undefined : this.#home.goBack()
  }
}

/**
 * Makes the change.
 *
 * @returns the workload as the API has stored it; an outcome where it refused.
 * @throws {HarnessError} the API is away, or does not know us any more.
 */
export async function send(
  { client, kind, namespace, workload }: Stage,
  { detail, contentType, patch: body }: Change,
): Promise<Workload | RolloutOutcome> {
  const path = workloadPath(kind, namespace, workload.metadata.name)
  try {
    return await client.persist<Workload>(API_LIMIT_MS, 'PATCH', path, { body, contentType })
  } catch (error) {
    // The API's word on the change itself (an admission rule, say) is a fact about the target.
    if (!(error instanceof ApiError) || error.status === 401 || error.status >= 500) {
      throw explainApi(error, client, 'harness', detail)
    }
    return { status: 'failed', reason: `the API refused to ${detail}: ${error.message}` }
  }
}

/** Follows a change that was made to its end. */
export const follow = (
  { client, namespace, kind, view, timeoutMs, signal, listener }: Stage,
  // As the API has stored it: an admission rule may have added to it.
  { metadata: { generation = 0 }, spec: { template } }: Workload,
): Promise<RolloutOutcome> =>
  followRollout({ client, namespace, kind, view, template, generation, timeoutMs, signal, listener })
