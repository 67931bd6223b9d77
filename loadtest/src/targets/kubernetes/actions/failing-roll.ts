import { now, toEpoch } from '../../../base/clock.js'
import type { RolloutOutcome } from '../../target.js'
import type { Change } from '../changes/changes.js'
import { restoreHistory } from '../restore/history.js'
import type { Workload } from '../api/objects.js'
import { restoreWorkload, restoreTemplate, deleteStuckPods, type SentChange } from '../restore/restore.js'
import type { Action, ActionContext } from './action.js'
import { follow, send } from './roll.js'
import type { Snapshot } from '../workload/snapshot.js'

/** Rolls out a change whose pods cannot start, waits until the rollout fails, and undoes it under the same load. */
export class FailingRoll implements Action {
  readonly detail: string
  readonly change: Change
  readonly #snapshot: Snapshot
  #sent = false
  #undone = false
  #changed: Workload | undefined

  constructor(snapshot: Snapshot, change: Change) {
    this.#snapshot = snapshot
    this.change = change
    this.detail = change.detail
  }

  async perform(context: ActionContext): Promise<RolloutOutcome> {
    this.#sent = true
    const changed = await send(context, this.change)
    if ('status' in changed && typeof changed.status === 'string') return changed
    this.#changed = changed
    const outcome = await follow(context, this.#changed)
    if (outcome.status === 'finished') {
      return { status: 'failed', reason: `${this.detail}: the rollout succeeded, but the scenario expects it to fail` }
    }
    if (outcome.status === 'interrupted') return outcome
    const { reason } = outcome
    context.listener({ at: toEpoch(now()), type: 'rollout-failed', reason })
    const put = await restoreTemplate({ ...this.#snapshot, changes: this.#changes })
    if (typeof put === 'string') return { status: 'failed', reason: `${reason}; ${put}` }
    const { generation = 0 } = put.metadata
    await deleteStuckPods({ ...this.#snapshot, view: context.view, generation, signal: context.signal })
    const back = await follow(context, put)
    if (back.status === 'failed')
      return { status: 'failed', reason: `${reason}; undoing the rollout failed: ${back.reason}` }
    if (back.status === 'interrupted') return back
    this.#undone = true
    return { status: 'failed', reason, undone: true }
  }

  get #changes(): readonly SentChange[] {
    return [{ change: this.change, changed: this.#changed }]
  }

  async restore(): Promise<string | undefined> {
    if (!this.#sent) return undefined
    return this.#undone
      ? restoreHistory(this.#snapshot)
      : restoreWorkload({ ...this.#snapshot, changes: this.#changes })
  }
}
