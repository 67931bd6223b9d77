import { UsageError } from '../base/errors.js'
import type { Operation } from '../targets/kubernetes/actions/operation.js'
import type { LocalAction } from '../targets/local/actions/action.js'
import type { ChosenScenario, FlagValues, Scenario } from './scenario.js'

/**
 * Chooses a scenario and fills in the defaults of its flags.
 *
 * @throws {UsageError} a value belongs to no flag of the scenario.
 */
export function choose(scenario: Scenario, values: FlagValues = {}): ChosenScenario {
  const stray = Object.keys(values).find((name) => scenario.flags.every((flag) => flag.name !== name))
  if (stray !== undefined)
    throw new UsageError(`--${stray} has no effect with the scenario ${scenario.name}: leave it out`)
  const entries = scenario.flags.flatMap(({ name, byDefault }) => {
    const value = values[name] ?? byDefault
    return value === undefined ? [] : [[name, value] as const]
  })
  return { scenario, values: Object.fromEntries(entries) }
}

/** Returns the scenario of every second rollout of a repeated run. */
export const wayBack = (chosen: ChosenScenario): ChosenScenario =>
  chosen.scenario.wayBack === undefined ? chosen : choose(chosen.scenario.wayBack())

/** Returns the scenario of a twin that has only one version. */
export const withOneVersion = (chosen: ChosenScenario): ChosenScenario =>
  chosen.scenario.withOneVersion === undefined ? chosen : choose(chosen.scenario.withOneVersion())

/**
 * Returns the action of a scenario on this machine.
 *
 * @throws {UsageError} the scenario cannot run on this machine.
 */
export function localActionOf({ scenario, values }: ChosenScenario): LocalAction {
  if (scenario.local === undefined)
    throw new UsageError(`the scenario ${scenario.name} cannot run on this machine: use --target kubernetes`)
  return scenario.local(values)
}

/**
 * Returns the operation of a scenario in a cluster.
 *
 * @throws {UsageError} the scenario cannot run in a cluster.
 */
export function operationOf({ scenario }: ChosenScenario): Operation {
  if (scenario.kubernetes === undefined)
    throw new UsageError(`the scenario ${scenario.name} cannot run in a cluster: use --target local`)
  return scenario.kubernetes
}
