import type { Role } from '../verdict/story/run-record.js'
import type { Expectation } from '../scenarios/scenario.js'
import type { Target } from '../targets/target.js'
import type { RunHooks, RunOptions } from './run-options.js'

/** One of several rollouts of the same target. */
export interface Round {
  /** From 1. Odd rounds roll out to the new version, even rounds roll back. */
  readonly number: number
  /** The seed of the load; each round has another. */
  readonly seed: number
}

/** Creates the target of one run: of the service or of its twin. */
export type CreateTarget = (role: Role, hooks: RunHooks, round: Round) => Target

/** Options of {@link prove}: those of one run, and which runs there are. */
export interface ProveOptions extends Omit<RunOptions, 'role' | 'round' | 'createTarget'> {
  /** Creates a fresh target for each run. */
  readonly createTarget: CreateTarget
  /**
   * Restores the target to its state before the first rollout, where finished rollouts stay. Resolves with a sentence that says
   * what is left to do, or with undefined.
   */
  readonly goHome?: (() => Promise<string | undefined>) | undefined
  /** `graceful`: the service, then its naive twin. `naive`: the twin alone. */
  readonly service: 'graceful' | 'naive'
  /** The effect of the scenario on the pods that serve. */
  readonly expects: Expectation
  /** Whether to run the naive twin. Without it, a run without drops stays inconclusive. */
  readonly twin: boolean
  /** Why there is no twin, if the reason is not `--no-twin`. */
  readonly whyNoTwin?: string | undefined
  /** The number of rollouts; with {@link untilBound} the maximum. */
  readonly rounds: number
  /**
   * Stops the rollouts as soon as at most this share of the requests in hazard windows can be dropped, at 95 % confidence, or as
   * soon as a request was dropped. Undefined: all {@link rounds} run.
   */
  readonly untilBound: number | undefined
}
