import { isDrop } from '../base/attempt.js'
import type { Attempt, Ending } from '../base/attempt.js'
import { AttemptTable } from './attempt-table.js'
import { now, toEpoch } from '../base/clock.js'
import { createDurations } from '../base/histogram.js'
import type { Histogram } from '../base/histogram.js'
import { closeBooks } from './ledger-summary.js'
import type { LedgerSummary, SeenFailure } from './ledger-summary.js'
import { reconcile } from './reconcile.js'
import type { ServerEvidence } from './reconcile.js'
import { createTraffic } from './traffic.js'

export type { FailedAttempt, LedgerSummary } from './ledger-summary.js'

/** The books do not balance: the harness has a bug, and no verdict may be drawn from them. */
export class LedgerError extends Error {
  override readonly name = 'LedgerError'
}

/** What the progress line shows. */
export interface LedgerTotals {
  readonly attempts: number
  readonly answered: number
  readonly drops: number
  readonly inFlight: number
}

export type AttemptDraft = Omit<Attempt, 'id'>

/** So that a twin that answers nothing at 2,000 requests/s cannot fill the memory. */
const KEPT_FAILURES = 10_000

interface Entry {
  readonly attempt: Attempt
  readonly giveUp: (outcome: 'timed-out' | 'unfinished') => void
  hazard: boolean
  spanning: boolean
}

/**
 * Every attempt of a run, from its start to its one end. It keeps a few bytes of each; only what was not answered is kept
 * whole, so that its memory does not grow with the number of requests by more than those.
 */
export class Ledger {
  readonly #prefix: string
  readonly #table = new AttemptTable(now())
  readonly #inFlight = new Map<string, Entry>()
  readonly #failures: SeenFailure[] = []
  readonly #latency = new Map<string, Histogram>()
  readonly #lateness = createDurations()
  readonly #traffic = createTraffic()
  readonly #terminating = new Set<string>()
  #failuresNotListed = 0
  readonly #shortages = new Map<string, number>()
  #answered = 0
  #drops = 0

  /** `runId` is the first part of every attempt's id, so that two runs against one service can be told apart in its logs. */
  constructor(runId: string) {
    this.#prefix = `${runId}-`
  }

  /** The attempts by their numbers, for whoever reads of them elsewhere. */
  get attempts(): Pick<AttemptTable, 'size' | 'isReused'> {
    return this.#table
  }

  /** As the clients see it: what the servers' logs will say is not known yet. */
  get totals(): LedgerTotals {
    return { attempts: this.#table.size, answered: this.#answered, drops: this.#drops, inFlight: this.#inFlight.size }
  }

  /**
   * Enters an attempt that is about to be put on the wire.
   *
   * @param giveUp called when the deadline has passed, or at the end of the run; it must end in {@link close}.
   */
  open(draft: AttemptDraft, giveUp: Entry['giveUp']): Attempt {
    const number = this.#table.open(draft)
    const attempt: Attempt = { id: `${this.#prefix}${number.toString(36)}`, ...draft }
    this.#inFlight.set(attempt.id, { attempt, giveUp, hazard: this.#terminating.size > 0, spanning: false })
    this.#lateness.record(attempt.startedAt - attempt.scheduledAt)
    return attempt
  }

  /** @throws {LedgerError} when the attempt has ended before. */
  close(attempt: Attempt, ending: Ending): void {
    const entry = this.#inFlight.get(attempt.id)
    if (!entry) throw new LedgerError(`Attempt ${attempt.id} ended twice, the second time as ${ending.outcome}.`)
    this.#inFlight.delete(attempt.id)
    const endedAt = now()
    this.#table.close(this.#number(attempt), ending, { hazard: entry.hazard, spanning: entry.spanning, endedAt })
    if (ending.outcome === 'answered') this.#noteAnswer(attempt, ending, endedAt)
    else this.#noteFailure(attempt, ending, endedAt)
  }

  /**
   * Says that an answered attempt was not: a second answer to it came later. Its latency stays in the distribution.
   *
   * @returns false when the attempt had not ended as answered; then nothing is changed.
   */
  amend(attempt: Attempt, ending: Ending): boolean {
    const number = this.#number(attempt)
    if (this.#table.seen(number) !== 'answered') return false
    this.#table.amend(number, ending.outcome)
    this.#answered -= 1
    this.#noteFailure(attempt, ending, now())
    return true
  }

  /** A pod got SIGTERM: what is in flight now, and what starts until {@link endHazard}, is inside a hazard window. */
  beginHazard(pod: string): void {
    this.#terminating.add(pod)
    for (const entry of this.#inFlight.values()) {
      entry.hazard = true
      entry.spanning = true
    }
  }

  endHazard(pod: string): void {
    this.#terminating.delete(pod)
  }

  /** @see Traffic.rename */
  renamePod(pod: string, earlier: string): void {
    this.#traffic.rename(pod, earlier)
  }

  giveUpOverdue(): void {
    const moment = now()
    for (const { attempt, giveUp } of this.#inFlight.values()) if (attempt.deadline < moment) giveUp('timed-out')
  }

  giveUpAll(): void {
    for (const { giveUp } of this.#inFlight.values()) giveUp('unfinished')
  }

  /**
   * Closes the books: each attempt in its one class, by what its client saw and what `evidence` says of it. Without
   * evidence it is the clients' side alone.
   *
   * @throws {LedgerError} when the classes do not add up to the attempts, or an attempt has not ended.
   */
  summary(evidence: ServerEvidence = NOTHING_KNOWN): LedgerSummary {
    const summary = closeBooks({
      prefix: this.#prefix,
      table: this.#table,
      failures: this.#failures,
      failuresNotListed: this.#failuresNotListed,
      reconciliation: reconcile(this.#table, evidence),
      latency: this.#latency,
      lateness: this.#lateness,
      traffic: this.#traffic,
    })
    if (summary.attempts !== this.#table.size || this.#inFlight.size > 0) {
      throw new LedgerError(
        `${this.#table.size} attempts, but ${summary.attempts} endings and ${this.#inFlight.size} still in flight.`,
      )
    }
    return summary
  }

  /** How late attempts were started so far, as against their schedule. */
  latenessMs(): LedgerSummary['latenessMs'] {
    return this.#lateness.summary()
  }

  /** Attempts that ended by a fault of this machine's own, by the system's error code. */
  shortages(): Readonly<Record<string, number>> {
    return Object.fromEntries(this.#shortages)
  }

  #number({ id }: Attempt): number {
    return Number.parseInt(id.slice(this.#prefix.length), 36)
  }

  #noteAnswer(attempt: Attempt, ending: Ending, endedAt: number): void {
    this.#answered += 1
    const latencyMs = endedAt - attempt.scheduledAt
    const latency = this.#latency.get(attempt.client) ?? createDurations()
    this.#latency.set(attempt.client, latency)
    latency.record(latencyMs)
    this.#traffic.answered({
      at: toEpoch(endedAt),
      startedAt: toEpoch(attempt.startedAt),
      fresh: !attempt.reused,
      latencyMs,
      ...ending,
    })
  }

  #noteFailure(attempt: Attempt, ending: Ending, endedAt: number): void {
    if (isDrop(ending.outcome)) this.#drops += 1
    if (ending.outcome === 'harness-fault') {
      const code = ending.code ?? 'unknown'
      this.#shortages.set(code, (this.#shortages.get(code) ?? 0) + 1)
    }
    const failure = { number: this.#number(attempt), attempt, ending, endedAt }
    if (this.#failures.length < KEPT_FAILURES) this.#failures.push(failure)
    else this.#failuresNotListed += 1
  }
}

const NOTHING_KNOWN: ServerEvidence = {
  serverLog: { of: () => undefined, summary: () => undefined },
  refusals: { add: () => undefined, find: () => undefined },
}
