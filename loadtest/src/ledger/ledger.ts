import { isDrop } from '../base/attempt.js'
import type { Attempt, Ending } from '../base/attempt.js'
import { AttemptIds } from './attempt-ids.js'
import type { Share } from './attempt-ids.js'
import { AttemptTable } from './attempt-table.js'
import { now, toEpoch } from '../base/clock.js'
import { createDurations } from '../base/histogram.js'
import type { Histogram } from '../base/histogram.js'
import { closeBooks } from './ledger-summary.js'
import type { LedgerSummary } from './ledger-summary.js'
import { FailureList } from './failure-list.js'
import { HazardWindows } from './hazard-windows.js'
import { NO_EVIDENCE, reconcile } from './reconcile.js'
import type { ServerEvidence } from './reconcile.js'
import { FileShortages } from './file-shortages.js'
import { isOutOfFiles } from '../base/machine/own-fault.js'
import type { Routes } from './routes.js'
import type { KnownAttempts } from './logs/server-log.js'
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

/** An attempt that has ended, as another machine reports it. */
export interface EndedAttempt {
  /** Its number in the run: see {@link Share}. */
  readonly number: number
  readonly draft: AttemptDraft
  readonly ending: Ending
  /** On the harness's monotonic clock, in ms. */
  readonly endedAt: number
}

export interface LedgerOptions {
  /** The pods that load balancers chose, which outweigh the names in answers. Default: unknown. */
  readonly routes?: Pick<Routes, 'podOf'>
  /** Default: all attempts. */
  readonly share?: Share
  /** Receives each attempt at its end, and again if {@link Ledger.amend} changes it. */
  readonly ended?: (attempt: EndedAttempt) => void
}

/** More attempts than all machines together have in flight. Log lines about higher numbers take no memory. */
const UNREPORTED = 1_000_000

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
  /** The shortages of this process: those that attempts met, and those that others note. */
  readonly fileShortages: FileShortages = new FileShortages()
  readonly #ids: AttemptIds
  readonly #routes: Pick<Routes, 'podOf'> | undefined
  readonly #table = new AttemptTable(now())
  readonly #inFlight = new Map<string, Entry>()
  readonly #failures = new FailureList()
  readonly #latency = new Map<string, Histogram>()
  readonly #lateness = createDurations()
  readonly #traffic = createTraffic()
  readonly #windows = new HazardWindows()
  readonly #ended: ((attempt: EndedAttempt) => void) | undefined
  #answered = 0
  #drops = 0

  /** @param runId the first part of every attempt's id; it distinguishes two runs in the logs of one service */
  constructor(runId: string, { routes, share = { index: 0, of: 1 }, ended }: LedgerOptions = {}) {
    this.#ids = new AttemptIds(runId, share)
    this.#routes = routes
    this.#ended = ended
  }

  /** The attempts by number, for readers of server logs. */
  get attempts(): KnownAttempts {
    return this.#table
  }

  /** The attempts of other machines, for readers of server logs. A server logs such an attempt before its client reports it. */
  get reportedLate(): KnownAttempts {
    const table = this.#table
    return {
      get size() {
        return table.size + UNREPORTED
      },
      isReused: (number) => (table.seen(number) === undefined ? undefined : table.isReused(number)),
    }
  }

  /** The counts so far, as the clients see them: the server logs are read after the run. */
  get totals(): LedgerTotals {
    return { attempts: this.#table.count, answered: this.#answered, drops: this.#drops, inFlight: this.#inFlight.size }
  }

  /**
   * Records an attempt that is about to be sent.
   *
   * @param giveUp called when the deadline has passed, or at the end of the run. It must lead to {@link close}.
   */
  open(draft: AttemptDraft, giveUp: Entry['giveUp']): Attempt {
    const number = this.#table.open(draft)
    const attempt: Attempt = { id: this.#ids.idOf(this.#ids.inRun(number)), ...draft }
    this.#inFlight.set(attempt.id, { attempt, giveUp, hazard: this.#windows.isOpen, spanning: false })
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
    const [number, endedAt] = [this.#ids.numberOf(attempt), now()]
    this.#table.close(number, ending, { hazard: entry.hazard, spanning: entry.spanning, endedAt })
    this.#note(number, attempt, ending, endedAt)
    this.#ended?.({ number: this.#ids.inRun(number), draft: attempt, ending, endedAt })
  }

  /**
   * Records an attempt that another machine has made. A second report of the same attempt amends it, as {@link amend} does.
   *
   * @throws {LedgerError} if the attempt was reported twice, and not as answered the first time
   */
  record({ number, draft, ending, endedAt }: EndedAttempt): void {
    const attempt: Attempt = { id: this.#ids.idOf(number), ...draft }
    const seen = this.#table.seen(number)
    if (seen !== undefined && !this.#amend(number, attempt, ending, endedAt)) {
      throw new LedgerError(
        `attempt ${attempt.id} was reported twice, the first time as ${seen}; please report this bug of zero-drop`,
      )
    }
    if (seen !== undefined) return
    const { startedAt, scheduledAt } = draft
    this.#table.open(draft, number)
    this.#table.close(number, ending, { ...this.#windows.during(startedAt, endedAt), endedAt })
    this.#lateness.record(startedAt - scheduledAt)
    this.#note(number, attempt, ending, endedAt)
  }

  /**
   * Changes the ending of an answered attempt, to which a second response came later. Its latency stays in the distribution.
   *
   * @returns false if the attempt had not ended as answered; nothing is changed then
   */
  amend(attempt: Attempt, seen: Ending): boolean {
    const ending = this.#withPod(attempt, seen)
    const [number, endedAt] = [this.#ids.numberOf(attempt), now()]
    if (!this.#amend(number, attempt, ending, endedAt)) return false
    this.#ended?.({ number: this.#ids.inRun(number), draft: attempt, ending, endedAt })
    return true
  }

  /** A pod got SIGTERM. Attempts in flight now, and attempts that start before {@link endHazard}, are in a hazard window. */
  beginHazard(pod: string): void {
    this.#windows.begin(pod)
    for (const entry of this.#inFlight.values()) {
      entry.hazard = true
      entry.spanning = true
    }
  }

  endHazard(pod: string): void {
    this.#windows.end(pod)
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
      prefix: this.#ids.prefix,
      table: this.#table,
      failures: this.#failures,
      reconciliation: reconcile(this.#table, evidence),
      latency: this.#latency,
      lateness: this.#lateness,
      traffic: this.#traffic,
    })
    if (summary.attempts !== this.#table.count || this.#inFlight.size > 0) {
      throw new LedgerError(
        `the ledger has ${this.#table.count} attempts, but ${summary.attempts} endings and ${this.#inFlight.size} still in flight; please report this bug of zero-drop`,
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

  #amend(number: number, attempt: Attempt, ending: Ending, endedAt: number): boolean {
    if (this.#table.seen(number) !== 'answered' || ending.outcome === 'answered') return false
    this.#table.amend(number, ending.outcome)
    this.#answered -= 1
    this.#note(number, attempt, ending, endedAt)
    return true
  }

  #note(number: number, attempt: Attempt, ending: Ending, endedAt: number): void {
    if (ending.outcome === 'answered') return this.#noteAnswer(attempt, ending, endedAt)
    if (isDrop(ending.outcome)) this.#drops += 1
    if (isOutOfFiles(ending.code)) this.fileShortages.note(endedAt)
    this.#failures.add({ number, attempt, ending, endedAt })
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
}
