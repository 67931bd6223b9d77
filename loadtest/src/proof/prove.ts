import { messageOf } from '../base/errors.js'
import { CLIENT_CLASSES } from '../clients/index.js'
import type { Role, RunRecord } from '../verdict/story/run-record.js'
import type { SelfTestResult } from '../verdict/self-test-result.js'
import { Timeline } from '../verdict/story/timeline.js'
import { judge } from '../verdict/verdict.js'
import type { Verdict } from '../verdict/verdict.js'
import { boundReached, canAdd, whyNoTwin } from './next-run.js'
import type { Runs } from './next-run.js'
import type { ProveOptions, Round } from './prove-options.js'
import { run } from './run.js'
import { selfTest } from './self-test/self-test.js'

export interface Proof {
  /** The service's runs in order, then the twin's. */
  readonly runs: readonly RunRecord[]
  readonly verdict: Verdict
  /** Why the twin did not run; undefined if it did. */
  readonly twinSkipped: string | undefined
  /** Undefined if the self-test was interrupted. */
  readonly selfTest: SelfTestResult | undefined
}

/**
 * Proves that a rollout drops no request. The steps, in order:
 *
 * 1. the self-test of the harness;
 * 2. the service under load, while it is rolled out;
 * 3. its naive twin, under the same load with the same seed;
 * 4. further rollouts of the service, if asked for;
 * 5. the verdict over all of them.
 *
 * A step that can no longer change the verdict is left out: everything after a failed self-test, the twin of a service that
 * dropped requests, and further rollouts once one proved nothing or the twin showed that this load sees too little.
 *
 * @throws {UsageError | HarnessError} if the service's target cannot be used in the first rollout. A later rollout or a twin
 * that cannot run becomes a doubt of the verdict.
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
  const runs = tested?.passed === true ? await runAll(options) : NONE
  const { rounds, twin, twinSkipped } = runs
  const verdict = judge({ ...runs, expects, selfTest: tested, interrupted: signal.aborted, untilBound })
  return { runs: [...rounds, ...(twin ? [twin] : [])], verdict, twinSkipped, selfTest: tested }
}

const NONE: Runs = { rounds: [], twin: undefined, twinSkipped: undefined, broken: undefined }

/**
 * Runs steps 2 to 4 of {@link prove}.
 *
 * @throws {UsageError | HarnessError} if the target cannot be used in the first rollout, or by the twin if it runs alone
 */
export async function runAll(options: ProveOptions): Promise<Runs> {
  if (options.service === 'naive') return { ...NONE, twin: await runOnce(options, 'twin', 1) }
  const first = await runOnce(options, 'service', 1)
  let runs: Runs = { ...NONE, ...(await runTwin(options, first)), rounds: [first] }
  while (canAdd(options, runs)) {
    // oxlint-disable-next-line no-await-in-loop -- one rollout after the other
    runs = await addRound(options, runs)
  }
  return goHomeIfEarly(options, runs)
}

function runOnce(options: ProveOptions, role: Role, number: number): Promise<RunRecord> {
  const { createTarget, rounds } = options
  const round: Round = { number, seed: (options.seed + number - 1) % MOST_SEEDS }
  return run({
    ...options,
    role,
    seed: round.seed,
    round: role === 'twin' || rounds === 1 ? '' : `rollout ${number} of ${rounds}`,
    createTarget: (ofRole, hooks) => createTarget(ofRole, hooks, round),
  })
}

const MOST_SEEDS = 2 ** 32

async function runTwin(options: ProveOptions, first: RunRecord): Promise<Pick<Runs, 'twin' | 'twinSkipped'>> {
  const twinSkipped = whyNoTwin(options, first)
  if (twinSkipped !== undefined) return { twin: undefined, twinSkipped }
  try {
    return { twin: await runOnce(options, 'twin', 1), twinSkipped: undefined }
  } catch (error) {
    // The service's run is worth a report, even if the twin cannot run.
    return { twin: undefined, twinSkipped: `it could not run: ${messageOf(error)}` }
  }
}

async function addRound(options: ProveOptions, runs: Runs): Promise<Runs> {
  const number = runs.rounds.length + 1
  try {
    return { ...runs, rounds: [...runs.rounds, await runOnce(options, 'service', number)] }
  } catch (error) {
    return { ...runs, broken: `rollout ${number} could not run: ${messageOf(error)}` }
  }
}

/** Restores the target if the rollouts ended before the last one that was asked for: it would stay half way. */
async function goHomeIfEarly(options: ProveOptions, runs: Runs): Promise<Runs> {
  const { rounds, goHome, signal } = options
  const last = runs.rounds.at(-1)
  const early = signal.aborted || (runs.rounds.length < rounds && !boundReached(options, runs))
  if (rounds === 1 || last?.kept !== true || !goHome || !early) return runs
  const leftover = await goHome()
  return { ...runs, rounds: [...runs.rounds.slice(0, -1), { ...last, kept: false, leftover }] }
}
