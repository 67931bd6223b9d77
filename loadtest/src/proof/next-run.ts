import { upperBound } from '../base/statistics.js'
import type { Expectation } from '../scenarios/scenario.js'
import { doubtsAboutHarness } from '../verdict/doubts.js'
import { doubtsAboutTwin } from '../verdict/power.js'
import { doubtsAboutReplacement } from '../verdict/replaced.js'
import type { RunRecord } from '../verdict/story/run-record.js'
import { gather } from '../verdict/totals.js'
import type { ProveOptions } from './prove-options.js'

/** The runs of a proof so far. */
export interface Runs {
  /** The rollouts of the service, in order. */
  readonly rounds: readonly RunRecord[]
  readonly twin: RunRecord | undefined
  /** Why the twin did not run; undefined if it did. */
  readonly twinSkipped: string | undefined
  /** The reason why a rollout after the first could not run. */
  readonly broken: string | undefined
}

/** Returns the reason not to run the twin after the first rollout; undefined if it should run. */
export function whyNoTwin({ signal, expects, twin, ...options }: ProveOptions, first: RunRecord): string | undefined {
  const { outcome, ledger } = first
  if (signal.aborted || outcome.status === 'interrupted') return 'the run was interrupted'
  if (options.whyNoTwin !== undefined) return options.whyNoTwin
  if (expects !== 'replaced') return 'in this scenario there is nothing for a twin to show'
  if (ledger.drops > 0) return 'the service dropped requests, so there is nothing for a twin to show'
  if (outcome.status === 'failed') return 'the rollout failed'
  return twin ? undefined : '--no-twin'
}

/** Returns whether one more rollout was asked for and can change the verdict. */
export const canAdd = (options: ProveOptions, runs: Runs): boolean =>
  runs.rounds.length < options.rounds &&
  !options.signal.aborted &&
  runs.broken === undefined &&
  !provesNothing(options, runs) &&
  !boundReached(options, runs)

/** Returns whether `untilBound` is decided. Without it rollouts continue after a drop, to measure how large the share is. */
export function boundReached(options: ProveOptions, runs: Runs): boolean {
  const { untilBound } = options
  if (untilBound === undefined || runs.broken !== undefined || provesNothing(options, runs)) return false
  const { drops, exposure } = gather(runs.rounds)
  return drops > 0 || (upperBound(0, exposure.attempts) ?? 1) <= untilBound
}

const provesNothing = ({ expects }: ProveOptions, { rounds, twin }: Runs): boolean =>
  (twin !== undefined && doubtsAboutTwin(twin, undefined).length > 0) ||
  rounds.some((record) => roundProvesNothing(record, expects))

const roundProvesNothing = (record: RunRecord, expects: Expectation): boolean =>
  record.outcome.status !== (expects === 'untouched' ? 'failed' : 'finished') ||
  doubtsAboutHarness(record).length > 0 ||
  (expects === 'replaced' && doubtsAboutReplacement(record).length > 0)
