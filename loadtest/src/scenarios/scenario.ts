/** Where a scenario can run. */
export type TargetKind = 'local' | 'kubernetes'

export type ScenarioName =
  | 'set-image'
  | 'undo'
  | 'restart'
  | 'scale-down'
  | 'delete-pod'
  | 'drain-node'
  | 'unpullable-image'
  | 'crashing-image'
  | 'slow-readiness'
  | 'slow-propagation'
  | 'liveness-restart'
  | 'kill'

/**
 * What a scenario does to the pods that serve, and so what a run must have seen to prove anything.
 *
 * `replaced`: pods end, by SIGTERM, and others take over: hazard windows must have been met, and the naive twin must drop.
 * `untouched`: the rollout fails as it should, no pod that served gets SIGTERM, and it is undone under the same load: no
 * hazard window, so nothing for a twin to show.
 * `losses`: pods die without SIGTERM: no service can prevent the losses, they are counted apart.
 */
export type Expectation = 'replaced' | 'untouched' | 'losses'

/** A number that belongs to one scenario, as a flag of the command line. */
export interface ScenarioFlag {
  readonly name: string
  /** What the value is called in help. */
  readonly value: string
  readonly help: string
  readonly min: number
  readonly max: number
  readonly whole: boolean
  readonly unit?: string
  /** Without it the target decides where the flag is not given. */
  readonly byDefault?: number
}

/** Something that happens to a service while load is on it. */
export interface Scenario {
  readonly name: ScenarioName
  /** One line for help and reports. */
  readonly description: string
  readonly targets: readonly TargetKind[]
  readonly expects: Expectation
  readonly flags: readonly ScenarioFlag[]
}

/** A scenario with the values of its flags, by the flags' names; what has neither value nor default is absent. */
export interface ChosenScenario {
  readonly scenario: Scenario
  readonly values: Readonly<Record<string, number>>
}
