import { UsageError } from '../base/errors.js'
import { choose } from './choose.js'
import { crashingImage } from './crashing-image.js'
import { deletePod } from './delete-pod.js'
import { drainNode } from './drain-node.js'
import { kill } from './kill.js'
import { livenessRestart } from './liveness-restart.js'
import { restart } from './restart.js'
import { scaleDown } from './scale-down.js'
import type { ChosenScenario, FlagValues, Scenario, TargetKind } from './scenario.js'
import { setImage } from './set-image.js'
import { slowPropagation } from './slow-propagation.js'
import { slowReadiness } from './slow-readiness.js'
import { undo } from './undo.js'
import { unpullableImage } from './unpullable-image.js'

/** All scenarios, in the order in which help, suites and reports show them. */
const SCENARIOS: readonly Scenario[] = [
  setImage,
  undo,
  restart,
  scaleDown,
  deletePod,
  drainNode,
  unpullableImage,
  crashingImage,
  slowReadiness,
  slowPropagation,
  livenessRestart,
  kill,
]

/** Lists the scenarios that can run on a target, or on any target by default. */
export const scenariosOf = (target?: TargetKind): readonly Scenario[] =>
  SCENARIOS.filter((scenario) => (target === undefined ? targetsOf(scenario).length > 0 : runsOn(scenario, target)))

/** Lists the targets that a scenario can run on. */
export const targetsOf = (scenario: Scenario): readonly TargetKind[] =>
  (['local', 'kubernetes'] as const).filter((target) => runsOn(scenario, target))

const runsOn = (scenario: Scenario, target: TargetKind): boolean => scenario[target] !== undefined

/** Returns the scenario of a run that names none: a new version, or the same one again if no new version is known. */
export const defaultScenario = (target: TargetKind, image: string | undefined): Scenario =>
  target === 'local' || image !== undefined ? setImage : restart

/**
 * Returns a scenario with the values of its flags, defaults filled in.
 *
 * @throws {UsageError} no scenario has this name, or a value belongs to no flag of it.
 * @example chooseScenario('undo', { 'to-revision': 3 })
 */
export function chooseScenario(name: string, values: FlagValues = {}): ChosenScenario {
  const scenario = SCENARIOS.find((each) => each.name === name)
  if (scenario !== undefined) return choose(scenario, values)
  const known = SCENARIOS.map((each) => each.name).join(', ')
  throw new UsageError(`unknown scenario ${JSON.stringify(name)}; there are: ${known}`)
}
