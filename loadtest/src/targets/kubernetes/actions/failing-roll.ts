import { now, toEpoch } from '../../../base/clock.js'
import type { RolloutOutcome } from '../../target.js'
import type { Change } from '../changes/changes.js'
import { tidyHistory } from '../restore/history.js'
import type { Workload } from '../api/objects.js'
import { putBack, putTemplateBack, unstick, type Made, type Origin } from '../restore/restore.js'
import type { Act, Stage } from './action.js'
import { follow, send } from './roll.js'

/** A rollout that cannot come up, seen to fail and undone under the same load. */
export class BrokenRoll implements Act {
  readonly detail: string
  readonly fromVersion: string
  readonly toVersion: string
  readonly #origin: Origin
  readonly #change: Change
  #sent = false
  #undone = false
  #changed: Workload | undefined

  constructor(origin: Origin, change: Change) {
    this.#origin = origin
    this.#change = change
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
    if (outcome.status === 'finished') {
      return { status: 'failed', reason: `${this.detail} was to fail, but it was rolled out` }
    }
    if (outcome.status === 'interrupted') return outcome
    const { reason } = outcome
    stage.listener({ at: toEpoch(now()), type: 'rollout-failed', reason })
    const put = await putTemplateBack({ ...this.#origin, made: this.#made })
    if (typeof put === 'string') return { status: 'failed', reason: `${reason}; ${put}` }
    const { generation = 0 } = put.metadata
    await unstick({ ...this.#origin, view: stage.view, generation, signal: stage.signal })
    const back = await follow(stage, put)
    if (back.status === 'failed') return { status: 'failed', reason: `${reason}; its undoing failed: ${back.reason}` }
    if (back.status === 'interrupted') return back
    this.#undone = true
    return { status: 'failed', reason, undone: true }
  }

  get #made(): readonly Made[] {
    return [{ change: this.#change, changed: this.#changed }]
  }

  async putBack(): Promise<string | undefined> {
    if (!this.#sent) return undefined
    return this.#undone ? tidyHistory(this.#origin) : putBack({ ...this.#origin, made: this.#made })
  }
}
