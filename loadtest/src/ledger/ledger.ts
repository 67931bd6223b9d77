import { isDrop } from '../base/attempt.js'
import type { Attempt, Ending } from '../base/attempt.js'
import { AttemptTable } from './attempt-table.js'
import { now, toEpoch } from '../base/clock.js'
import { createDurations } from '../base/histogram.js'
import type { Histogram } from '../base/histogram.js'
import { closeBooks } from './ledger-summary.js'
import type { LedgerSummary } from './ledger-summary.js'
import { FailureList } from './failure-list.js'
import { NO_EVIDENCE, reconcile } from './reconcile.js'
import type { ServerEvidence } from './reconcile.js'
import type { Routes } from './routes.js'
import { createTraffic } from './traffic.js'

export type { FailedAttempt, LedgerSummary } from './ledger-summary.js'

/** The ledger does not balance: the harness has a bug, and its results must not lead to a verdict. */
export class LedgerError extends Error {
  override readonly name = 'LedgerError'
}

/** The counts of the progress line. */
export interface LedgerTotals {
  readonly attempts: number
  readonly answered: number
  readonly drops: number
  readonly inFlight: number
}

export type AttemptDraft = Omit<Attempt, 'id'>

interface Entry {
  readonly attempt: Attempt
  readonly giveUp: (outcome: 'timed-out' | 'unfinished') => void
  hazard: boolean
  spanning: boolean
}

/**
 * Records every attempt of a run, from its start to its one end. An answered attempt takes a few bytes; only failed attempts are
 * kept whole.
 */
export class Ledger {
  readonly #prefix: string
  readonly #routes: Pick<Routes, 'podOf'> | undefined
  readonly #table = new AttemptTable(now())
  readonly #inFlight = new Map<string, Entry>()
  readonly #failures = new FailureList()
  readonly #latency = new Map<string, Histogram>()
  readonly #lateness = createDurations()
  readonly #traffic = createTraffic()
  readonly #terminating = new Set<string>()
  #answered = 0
  #drops = 0

  /**
   * @param runId the first part of every attempt's id; it distinguishes two runs in the logs of one service
   * @param routes the pods that load balancers chose, which outweigh the names in answers. Default: unknown
   */
  constructor(runId: string, routes?: Pick<Routes, 'podOf'>) {
    this.#prefix = `${runId}-`
    this.#routes = routes
  }

  /** The attempts by number, for readers of server logs. */
  get attempts(): Pick<AttemptTable, 'size' | 'isReused'> {
    return this.#table
  }

  /** The counts so far, as the clients see them: the server logs are read after the run. */
  get totals(): LedgerTotals {
    return { attempts: this.#table.size, answered: this.#answered, drops: this.#drops, inFlight: this.#inFlight.size }
  }

  /**
   * Records an attempt that is about to be sent.
   *
   * @param giveUp called when the deadline has passed, or at the end of the run. It must lead to {@link close}.
   */
  open(draft: AttemptDraft, giveUp: Entry['giveUp']): Attempt {
    const number = this.#table.open(draft)
    const attempt: Attempt = { id: `${this.#prefix}${number.toString(36)}`, ...draft }
    this.#inFlight.set(attempt.id, { attempt, giveUp, hazard: this.#terminating.size > 0, spanning: false })
    this.#lateness.record(attempt.startedAt - attempt.scheduledAt)
    return attempt
  }

  /**
   * Records the end of an attempt.
   *
   * @throws {LedgerError} if the attempt had already ended
   */
  close(attempt: Attempt, seen: Ending): void {
    const ending = this.#withPod(attempt, seen)
    const entry = this.#inFlight.get(attempt.id)
    if (!entry)
      throw new LedgerError(
        `attempt ${attempt.id} ended twice, the second time as ${ending.outcome}; please report this bug of zero-drop`,
      )
    this.#inFlight.delete(attempt.id)
    const endedAt = now()
    this.#table.close(this.#number(attempt), ending, { hazard: entry.hazard, spanning: entry.spanning, endedAt })
    if (ending.outcome === 'answered') this.#noteAnswer(attempt, ending, endedAt)
    else this.#noteFailure(attempt, ending, endedAt)
  }

  /**
   * Changes the ending of an answered attempt, to which a second answer came later. Its latency stays in the distribution.
   *
   * @returns false if the attempt had not ended as answered; nothing is changed then
   */
  amend(attempt: Attempt, seen: Ending): boolean {
    const ending = this.#withPod(attempt, seen)
    const number = this.#number(attempt)
    if (this.#table.seen(number) !== 'answered') return false
    this.#table.amend(number, ending.outcome)
    this.#answered -= 1
    this.#noteFailure(attempt, ending, now())
    return true
  }

  /** A pod got SIGTERM. Attempts in flight now, and attempts that start before {@link endHazard}, are in a hazard window. */
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
   * Decides the outcome of each attempt, from what its client saw and from `evidence`, and adds everything up.
   *
   * @param evidence what servers and load balancers know. Default: nothing, so the clients' side alone decides.
   * @throws {LedgerError} if the outcomes do not add up to the attempts, or an attempt has not ended
   */
  summary(evidence: ServerEvidence = NO_EVIDENCE): LedgerSummary {
    const summary = closeBooks({
      prefix: this.#prefix,
      table: this.#table,
      failures: this.#failures,
      reconciliation: reconcile(this.#table, evidence),
      latency: this.#latency,
      lateness: this.#lateness,
      traffic: this.#traffic,
    })
    if (summary.attempts !== this.#table.size || this.#inFlight.size > 0) {
      throw new LedgerError(
        `the ledger has ${this.#table.size} attempts, but ${summary.attempts} endings and ${this.#inFlight.size} still in flight; please report this bug of zero-drop`,
      )
    }
    return summary
  }

  /** How much later than scheduled attempts were started so far. */
  latenessMs(): LedgerSummary['latenessMs'] {
    return this.#lateness.summary()
  }

  /** Counts attempts that this machine itself failed, by the system's error code. */
  shortages(): Readonly<Record<string, number>> {
    return this.#failures.shortages()
  }

  #withPod({ url }: Attempt, ending: Ending): Ending {
    const pod = ending.localPort === undefined ? undefined : this.#routes?.podOf(url, ending.localPort)
    return pod === undefined ? ending : { ...ending, pod }
  }

  #number({ id }: Attempt): number {
    return Number.parseInt(id.slice(this.#prefix.length), 36)
  }

  #noteAnswer(attempt: Attempt, ending: Ending, endedAt: number): void {
    this.#answered += 1
    const latencyMs = Math.max(0, endedAt - attempt.scheduledAt - (ending.askedMs ?? 0))
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
    this.#failures.add({ number: this.#number(attempt), attempt, ending, endedAt })
  }
}
