import { now, toEpoch } from '../../../base/clock.js'
import type { RolloutOutcome } from '../../target.js'
import type { Change } from '../changes/changes.js'
import { tidyHistory } from '../restore/history.js'
import type { Workload } from '../api/objects.js'
import { putBack, putTemplateBack, unstick, type SentChange } from '../restore/restore.js'
import type { Action, ActionContext } from './action.js'
import { follow, send } from './roll.js'
import type { OperationPlan } from './operation.js'
import type { Snapshot } from '../workload/snapshot.js'

/** Plans a rollout that fails and is undone under the same load. */
export const rollAndUndo = (snapshot: Snapshot, change: Change): OperationPlan => ({
  change,
  action: new FailingRoll(snapshot, change),
})

/** A rollout that cannot come up, seen to fail and undone under the same load. */
export class FailingRoll implements Action {
  readonly detail: string
  readonly fromVersion: string
  readonly toVersion: string
  readonly #snapshot: Snapshot
  readonly #change: Change
  #sent = false
  #undone = false
  #changed: Workload | undefined

  constructor(snapshot: Snapshot, change: Change) {
    this.#snapshot = snapshot
    this.#change = change
    this.detail = change.detail
    this.fromVersion = change.fromVersion
    this.toVersion = change.toVersion
  }

  async perform(context: ActionContext): Promise<RolloutOutcome> {
    this.#sent = true
    const changed = await send(context, this.#change)
    if ('status' in changed && typeof changed.status === 'string') return changed
    this.#changed = changed
    const outcome = await follow(context, this.#changed)
    if (outcome.status === 'finished') {
      return { status: 'failed', reason: `${this.detail} was to fail, but it was rolled out` }
    }
    if (outcome.status === 'interrupted') return outcome
    const { reason } = outcome
    context.listener({ at: toEpoch(now()), type: 'rollout-failed', reason })
    const put = await putTemplateBack({ ...this.#snapshot, made: this.#made })
    if (typeof put === 'string') return { status: 'failed', reason: `${reason}; ${put}` }
    const { generation = 0 } = put.metadata
    await unstick({ ...this.#snapshot, view: context.view, generation, signal: context.signal })
    const back = await follow(context, put)
    if (back.status === 'failed') return { status: 'failed', reason: `${reason}; its undoing failed: ${back.reason}` }
    if (back.status === 'interrupted') return back
    this.#undone = true
    return { status: 'failed', reason, undone: true }
  }

  get #made(): readonly SentChange[] {
    return [{ change: this.#change, changed: this.#changed }]
  }

  async putBack(): Promise<string | undefined> {
    if (!this.#sent) return undefined
    return this.#undone ? tidyHistory(this.#snapshot) : putBack({ ...this.#snapshot, made: this.#made })
  }
}
