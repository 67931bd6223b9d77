import { UsageError } from '../../../base/errors.js'
import type { ScenarioName } from '../../../scenarios/scenario.js'
import type { Act } from './action.js'
import { BrokenRoll } from './failing-roll.js'
import { DeletePods } from './delete-pods.js'
import { DrainNode } from './drain.js'
import { LivenessRestart } from './liveness-restart.js'
import { Roll } from './roll.js'
import { ScaleDown } from './scale.js'
import { restart, setImage, undo, type Change } from '../changes/changes.js'
import { crashing, slowToBeReady, unpullable } from '../changes/faulty-versions.js'
import type { Home } from '../restore/baseline.js'
import { versionOf } from '../api/objects.js'
import type { Origin } from '../restore/restore.js'
import { imageOf } from '../workload/templates.js'

export interface PlanOptions {
  readonly scenario: ScenarioName
  /** The new image, for `set-image`. */
  readonly image?: string | undefined
  /** The values of the scenario's own flags, by their names. */
  readonly values?: Readonly<Record<string, number>>
}

/**
 * Works out, before anything is touched, how the pod template will be changed.
 *
 * @returns undefined where the scenario leaves it as it is.
 * @throws {UsageError} nothing would roll, or what is asked for is not there.
 */
export function planChange({ scenario, image, values = {} }: PlanOptions, origin: Origin): Change | undefined {
  const { kind, original, revisions, container } = origin
  const toRevision = values['to-revision']
  if (toRevision !== undefined && scenario !== 'undo') {
    throw new UsageError(`a revision to go back to is for the scenario undo, not for ${scenario}`)
  }
  switch (scenario) {
    case 'set-image':
      if (image === undefined || image === '') {
        throw new UsageError('the scenario set-image needs the new image: give it with --image')
      }
      return setImage(kind, original, container, image)
    case 'undo':
      return undo(kind, original, revisions, container, toRevision)
    case 'restart':
      return restart(kind, original, container, new Date())
    case 'slow-readiness':
      return slowToBeReady(kind, original, container, values['ready-after'] ?? 20)
    case 'unpullable-image':
      return unpullable(kind, original, container)
    case 'crashing-image':
      return crashing(kind, original, container)
    default:
      return undefined
  }
}

/** @throws {UsageError} the scenario has no meaning for this workload, or on a cluster. */
export function createAct(
  { scenario, values = {} }: PlanOptions,
  origin: Origin,
  change: Change | undefined,
  home: Home,
): Act {
  const version = versionOf(imageOf(origin.original.spec.template, origin.container))
  if (change !== undefined) {
    if (scenario === 'unpullable-image' || scenario === 'crashing-image') return new BrokenRoll(origin, change)
    return new Roll(home, change, { passing: scenario === 'slow-readiness' })
  }
  switch (scenario) {
    case 'scale-down':
      return new ScaleDown(origin, version, values['scale-to'])
    case 'delete-pod':
      return new DeletePods(origin, version, { pods: values['pods'] ?? 1, kill: false })
    case 'kill':
      return new DeletePods(origin, version, { pods: 1, kill: true })
    case 'drain-node':
      return new DrainNode(origin, version)
    case 'liveness-restart':
      return new LivenessRestart(origin, version)
    default:
      throw new UsageError(
        `the scenario ${scenario} has no meaning on a cluster: how soon its proxies learn of a change is its own affair; on one whose proxies are slow, take restart`,
      )
  }
}
