import type { ProveOptions } from './prove.js'
import { run } from './run.js'
import type { Role, RunRecord } from '../verdict/story/run-record.js'
import type { Expectation } from '../scenarios/scenario.js'
import { upperBound } from '../base/statistics.js'
import { doubtsAboutHarness } from '../verdict/doubts.js'
import { gather } from '../verdict/evidence.js'
import { doubtsAboutTwin } from '../verdict/power.js'
import { doubtsAboutReplacement } from '../verdict/replaced.js'

/** One of several rollouts of the same target. */
export interface Round {
  /** From 1. The first goes the way that was asked for, the second back, the third forth again, and so on. */
  readonly number: number
  /** Each has another load. */
  readonly seed: number
}

const MOST_SEEDS = 2 ** 32

/** The rollouts of one proof, one after the other, and the twin's after the first. */
export class Series {
  /** What has run so far. */
  readonly rounds: RunRecord[] = []
  twin: RunRecord | undefined
  /** Why the twin did not run. */
  twinSkipped: string | undefined
  /** Why a rollout after the first could not run. */
  broken: string | undefined
  readonly #options: ProveOptions

  constructor(options: ProveOptions) {
    this.#options = options
  }

  /** @throws {UsageError | HarnessError} the target cannot be used in the first rollout, or the twin where it runs alone */
  async run(): Promise<void> {
    if (this.#options.service === 'naive') {
      this.twin = await this.#start('twin', 1)
      return
    }
    this.rounds.push(await this.#start('service', 1))
    await this.#runTwin()
    for (let number = 2; this.#goesOn(number); number += 1) {
      // oxlint-disable-next-line no-await-in-loop -- one rollout after the other
      const record = await this.#start('service', number).catch((error: unknown) => {
        this.broken = `rollout ${number} could not run: ${message(error)}`
      })
      if (record) this.rounds.push(record)
    }
    await this.#goHome()
  }

  /** What several rollouts made of the target does not stay where they ended before the last that was asked for. */
  async #goHome(): Promise<void> {
    const { rounds, goHome } = this.#options
    const last = this.rounds.at(-1)
    const early = this.#options.signal.aborted || (this.rounds.length < rounds && !this.#boundReached())
    if (rounds === 1 || !last?.kept || !goHome || !early) return
    const leftover = await goHome()
    this.rounds.splice(-1, 1, { ...last, kept: false, leftover })
  }

  #start(role: Role, number: number): Promise<RunRecord> {
    const { createTarget, rounds } = this.#options
    const round: Round = { number, seed: (this.#options.seed + number - 1) % MOST_SEEDS }
    return run({
      ...this.#options,
      role,
      seed: round.seed,
      round: role === 'twin' || rounds === 1 ? '' : `rollout ${number} of ${rounds}`,
      createTarget: (ofRole, hooks) => createTarget(ofRole, hooks, round),
    })
  }

  async #runTwin(): Promise<void> {
    this.twinSkipped = this.#whyNoTwin()
    if (this.twinSkipped !== undefined) return
    try {
      this.twin = await this.#start('twin', 1)
    } catch (error) {
      // What the service's run has found must not be lost by it.
      this.twinSkipped = `it could not run: ${message(error)}`
    }
  }

  #whyNoTwin(): string | undefined {
    const { outcome, ledger } = this.rounds[0] ?? {}
    if (this.#options.signal.aborted || outcome?.status === 'interrupted') return 'the run was interrupted'
    if (this.#options.expects !== 'replaced') return 'in this scenario there is nothing for a twin to show'
    if ((ledger?.drops ?? 0) > 0) return 'the service dropped requests, so there is nothing for a twin to show'
    if (outcome?.status === 'failed') return 'the rollout failed'
    return this.#options.twin ? undefined : (this.#options.whyNoTwin ?? '--no-twin')
  }

  /** Whether one more rollout was asked for and can add to the verdict. */
  #goesOn(number: number): boolean {
    const { rounds, signal } = this.#options
    if (number > rounds || signal.aborted || this.broken !== undefined) return false
    return !this.#provesNothing() && !this.#boundReached()
  }

  #provesNothing(): boolean {
    const { twin } = this
    if (twin && doubtsAboutTwin(twin, undefined).length > 0) return true
    return this.rounds.some((record) => provesNothing(record, this.#options.expects))
  }

  /** Whether --until-bound is decided. Without it rollouts go on after a drop, to say how large the share is. */
  #boundReached(): boolean {
    const { untilBound } = this.#options
    if (untilBound === undefined || this.broken !== undefined || this.#provesNothing()) return false
    const { drops, exposure } = gather(this.rounds)
    return drops > 0 || (upperBound(0, exposure.attempts) ?? 1) <= untilBound
  }
}

const provesNothing = (record: RunRecord, expects: Expectation): boolean =>
  (expects === 'untouched' ? record.outcome.status !== 'failed' : record.outcome.status !== 'finished') ||
  doubtsAboutHarness(record).length > 0 ||
  (expects === 'replaced' && doubtsAboutReplacement(record).length > 0)

const message = (error: unknown): string => (error instanceof Error ? error.message : String(error))
