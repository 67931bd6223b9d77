import { chooseScenario } from './index.js'
import type { ChosenScenario } from './scenario.js'

/**
 * What a scenario is followed by when it is repeated on the same target: a new version is followed by the way back to the
 * one before, and so is an undo, which takes turns by itself. The others leave the version alone and are simply repeated.
 */
export const wayBack = (chosen: ChosenScenario): ChosenScenario =>
  chosen.scenario.name === 'set-image' || chosen.scenario.name === 'undo' ? chooseScenario('undo') : chosen
