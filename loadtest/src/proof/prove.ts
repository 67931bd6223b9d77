import { CLIENT_CLASSES } from '../clients/index.js'
import type { RunHooks, RunOptions } from './run-options.js'
import type { Role, RunRecord } from '../verdict/story/run-record.js'
import type { Expectation } from '../scenarios/scenario.js'
import type { SelfTestResult } from '../verdict/self-test-result.js'
import { selfTest } from './self-test/self-test.js'
import { Series } from './series.js'
import type { Round } from './series.js'
import type { Target } from '../targets/target.js'
import { Timeline } from '../verdict/story/timeline.js'
import { judge } from '../verdict/verdict.js'
import type { Verdict } from '../verdict/verdict.js'

export interface ProveOptions extends Omit<RunOptions, 'role' | 'round' | 'createTarget'> {
  /** Makes a fresh target for each run. */
  readonly createTarget: (role: Role, hooks: RunHooks, round: Round) => Target
  /**
   * Where rollouts that finished stay: has the target as it was before the first of them, or says in one sentence what is left
   * to do.
   */
  readonly goHome?: (() => Promise<string | undefined>) | undefined
  /** `naive`: only the twin runs. */
  readonly service: 'graceful' | 'naive'
  /** What the scenario does to the pods that serve. */
  readonly expects: Expectation
  /** Without a twin a run without drops stays inconclusive. */
  readonly twin: boolean
  /** Why there is none, where that is not --no-twin. */
  readonly whyNoTwin?: string | undefined
  /** How many rollouts there are; with {@link untilBound} at most. */
  readonly rounds: number
  /** Enough once no larger share of the requests in hazard windows can be dropped, or once a request was. */
  readonly untilBound: number | undefined
}

export interface Proof {
  /** The service's runs in order, then the twin's. */
  readonly runs: readonly RunRecord[]
  readonly verdict: Verdict
  /** Why the twin did not run; undefined where it did. */
  readonly twinSkipped: string | undefined
  /** Undefined where it was interrupted. */
  readonly selfTest: SelfTestResult | undefined
}

/**
 * The self-test; the service under load; its naive twin under the same load with the same seed; then the service again, as
 * often as was asked for; and the verdict over all of it. What could not change the verdict any more is left out: whatever
 * comes after a self-test that failed, the twin of a service that dropped requests, more rollouts where one proved nothing
 * or where the twin has shown that this load sees too little.
 *
 * @throws {UsageError | HarnessError} the service's target cannot be used in the first rollout. A later one, or a twin that cannot run, is
 * a doubt of the verdict.
 */
export async function prove(options: ProveOptions): Promise<Proof> {
  const { signal, watcher, untilBound, expects } = options
  watcher.phase?.('testing itself', {
    role: 'service',
    round: '',
    timeline: new Timeline(),
    totals: () => ({ attempts: 0, answered: 0, drops: 0, inFlight: 0 }),
  })
  const tested = await selfTest(CLIENT_CLASSES, signal)
  const series = new Series(options)
  if (tested?.passed === true) await series.run()
  const { rounds, twin, twinSkipped, broken } = series
  const interrupted = signal.aborted
  const verdict = judge({ expects, rounds, twin, twinSkipped, broken, selfTest: tested, interrupted, untilBound })
  return { runs: [...rounds, ...(twin ? [twin] : [])], verdict, twinSkipped, selfTest: tested }
}
