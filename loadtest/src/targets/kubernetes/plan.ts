import type { ScenarioName } from '../../scenarios/scenario.js'
import { TargetError } from '../target.js'
import { restart, setImage, undo, type Change } from './changes.js'
import type { Deployment, ReplicaSet } from './objects.js'
import { owned } from './rollout-status.js'

export interface PlanOptions {
  readonly scenario: ScenarioName
  /** The new image, for `set-image`. */
  readonly image?: string | undefined
  /** For `undo`: the revision to go back to; default the one before the present one. */
  readonly toRevision?: number | undefined
}

/**
 * Works out, before anything is touched, what will be changed.
 *
 * @throws {TargetError} usage: nothing would roll, or what is asked for is not there.
 */
export function planChange(
  { scenario, image, toRevision }: PlanOptions,
  deployment: Deployment,
  replicaSets: readonly ReplicaSet[],
  container: string,
): Change {
  if (toRevision !== undefined && scenario !== 'undo') {
    throw new TargetError('usage', `a revision to go back to is for the scenario undo, not for ${scenario}`)
  }
  if (scenario === 'restart') return restart(deployment, container, new Date())
  if (scenario === 'undo') return undo(deployment, owned(deployment, replicaSets), container, toRevision)
  if (image === undefined || image === '') {
    throw new TargetError('usage', 'the scenario set-image needs the new image: give it with --image')
  }
  return setImage(deployment, container, image)
}
