import type { LocalAction } from '../targets/local/actions/action.js'
import type { Operation } from '../targets/kubernetes/actions/operation.js'

/** The targets that a scenario can run on. */
export type TargetKind = 'local' | 'kubernetes'

/**
 * The effect of a scenario on the pods that serve, and so what a run must have seen to prove anything.
 *
 * `replaced`: pods end by SIGTERM and others take over. The run must have hazard windows, and the naive twin must drop.
 * `untouched`: the rollout fails as intended, no serving pod gets SIGTERM, and it is undone under the same load. There is no
 * hazard window, so a twin would show nothing.
 * `losses`: pods die without SIGTERM. No service can prevent the losses, and they are counted separately.
 * `watched`: as `replaced`, but somebody else makes the rollout, so there is no twin.
 * `unseen`: as `watched`, but the target sees no pods: one window covers the whole rollout.
 */
export type Expectation = 'replaced' | 'untouched' | 'losses' | 'watched' | 'unseen'

/** A number that belongs to one scenario, given as a flag of the command line. */
export interface ScenarioFlag {
  readonly name: string
  /** The placeholder for the value in help. */
  readonly value: string
  readonly help: string
  readonly min: number
  readonly max: number
  readonly whole: boolean
  readonly unit?: string
  /** If neither this nor the flag is given, the target decides. */
  readonly byDefault?: number
  /** The default in words for help, if the target decides. */
  readonly defaultText?: string
}

/** The values of the flags of a scenario, by flag name. */
export type FlagValues = Readonly<Record<string, number>>

/**
 * Something that happens to a service while load is on it. A scenario has everything that belongs to it in one object; the
 * list in `index.ts` makes it known to the command line, the suite and the reports.
 */
export interface Scenario {
  /** As `--scenario` takes it. */
  readonly name: string
  /** One line for help and reports. */
  readonly description: string
  readonly expects: Expectation
  readonly flags: readonly ScenarioFlag[]
  /** The action on the processes of a local target; undefined if the scenario cannot run there. */
  readonly local?: (values: FlagValues) => LocalAction
  /** The action in a cluster, the rights it needs and how to undo it by hand; undefined if it cannot run there. */
  readonly kubernetes?: Operation
  /** The scenario of every second rollout of a repeated run. Default: the same again, with the same flags. */
  readonly wayBack?: () => Scenario
  /** The scenario of a twin in a cluster that has only one version. Default: the same scenario. */
  readonly withOneVersion?: () => Scenario
}

/** A scenario with the values of its flags. A flag with neither a value nor a default is absent. */
export interface ChosenScenario {
  readonly scenario: Scenario
  readonly values: FlagValues
}
