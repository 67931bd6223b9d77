import { crashingImage, unpullableImage } from './broken-image.js'
import { deletePod } from './delete-pod.js'
import { drainNode } from './drain-node.js'
import { kill } from './kill.js'
import { livenessRestart } from './liveness-restart.js'
import { restart } from './restart.js'
import { scaleDown } from './scale-down.js'
import type { ChosenScenario, Scenario, ScenarioName, TargetKind } from './scenario.js'
import { setImage } from './set-image.js'
import { slowPropagation } from './slow-propagation.js'
import { slowReadiness } from './slow-readiness.js'
import { undo } from './undo.js'

/** In the order in which help, suites and reports show them. */
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

/** The scenarios that can run on a target; without one, those that can run at all. */
export const scenariosOf = (target?: TargetKind): readonly Scenario[] =>
  SCENARIOS.filter(({ targets }) => (target === undefined ? targets.length > 0 : targets.includes(target)))

/**
 * A scenario with the values of its flags, defaults filled in.
 *
 * @example chooseScenario('undo', { 'to-revision': 3 })
 */
export function chooseScenario(name: ScenarioName, values: Readonly<Record<string, number>> = {}): ChosenScenario {
  const scenario = SCENARIOS.find((each) => each.name === name)
  if (scenario === undefined) throw new Error(`there is no scenario ${name}`)
  const chosen: Record<string, number> = {}
  for (const flag of scenario.flags) {
    const value = values[flag.name] ?? flag.byDefault
    if (value !== undefined) chosen[flag.name] = value
  }
  return { scenario, values: chosen }
}
