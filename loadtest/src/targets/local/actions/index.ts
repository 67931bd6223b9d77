import type { ScenarioName } from '../../../scenarios/scenario.js'
import { crashingImage, unpullableImage } from './failing-roll.js'
import { deletePod } from './delete-pods.js'
import { drainNode } from './drain.js'
import { kill } from './kill.js'
import type { LocalScenario } from './action.js'
import { restart, setImage, undo } from './roll.js'
import { scaleDown } from './scale.js'
import { slowPropagation, slowReadiness } from './slow.js'

export const LOCAL_SCENARIOS: Readonly<Partial<Record<ScenarioName, LocalScenario>>> = {
  'set-image': setImage,
  undo,
  restart,
  'scale-down': scaleDown,
  'delete-pod': deletePod,
  'drain-node': drainNode,
  'unpullable-image': unpullableImage,
  'crashing-image': crashingImage,
  'slow-readiness': slowReadiness,
  'slow-propagation': slowPropagation,
  kill,
}
