import type { ScenarioName } from '../../../scenarios/scenario.js'
import { crashingImage, unpullableImage } from './broken-image.js'
import { deletePod } from './delete-pod.js'
import { drainNode } from './drain-node.js'
import { kill } from './kill.js'
import type { LocalScenario } from './play.js'
import { restart, setImage, undo } from './roll.js'
import { scaleDown } from './scale-down.js'
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
