import { isDrop, OUTCOMES } from './attempt.js'
import type { Attempt, Ending, Outcome } from './attempt.js'
import { now, toEpoch } from './clock.js'
import type { Summary } from './histogram.js'
import { createTally, noOutcomes, sum, sumDrops, sumJudged, summarize } from './tally.js'
import type { OutcomeCounts, Tally, TallySummary } from './tally.js'
import { createTraffic } from './traffic.js'
import type { PodTraffic, SecondOfTraffic } from './traffic.js'

/** The books do not balance: the harness has a bug, and no verdict may be drawn from them. */
export class LedgerError extends Error {
  override readonly name = 'LedgerError'
}

/** An attempt that was not answered, whole. */
export interface Failure {
  readonly attempt: Attempt
  readonly ending: Ending
  /** On the harness's monotonic clock, ms. */
  readonly endedAt: number
  readonly hazard: boolean
}

/** Power: how many attempts could have seen a drop, by the way in which a rollout endangers them. */
interface Exposure {
  /** Judged attempts whose life overlapped with a hazard window. */
  readonly attempts: number
  readonly drops: number
  /** Of those, on a new connection: refused and reset ones show here. */
  readonly fresh: number
  /** Of those, on a connection that had answered before: the idle keep-alive race shows here. */
  readonly reused: number
  /** Of those, in flight at the moment of a SIGTERM: cut-off handlers show here. */
  readonly spanning: number
}

export interface LedgerSummary {
  readonly attempts: number
  readonly drops: number
  readonly outcomes: OutcomeCounts
  readonly exposure: Exposure
  readonly clients: Readonly<Record<string, TallySummary>>
  readonly urls: Readonly<Record<string, { readonly attempts: number; readonly drops: number }>>
  /** How late attempts were started, as against their schedule. */
  readonly latenessMs: Summary
  readonly failures: readonly Failure[]
  /** Failures beyond the first {@link KEPT_FAILURES}: counted above, not listed. */
  readonly failuresNotListed: number
  readonly pods: Readonly<Record<string, PodTraffic>>
  readonly seconds: readonly SecondOfTraffic[]
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

interface Closed {
  readonly outcome: Outcome
  readonly hazard: boolean
}

/**
 * Every attempt of a run, from its start to its one end. It counts; only what was not answered is kept whole, so that its
 * memory does not grow with the number of requests.
 */
export class Ledger {
  readonly #runId: string
  readonly #inFlight = new Map<string, Entry>()
  /** Lets the last attempt of a connection be amended; an entry goes with its attempt. */
  readonly #closed = new WeakMap<Attempt, Closed>()
  readonly #total = createTally()
  readonly #clients = new Map<string, Tally>()
  readonly #urls = new Map<string, OutcomeCounts>()
  readonly #failures: Failure[] = []
  readonly #traffic = createTraffic()
  readonly #terminating = new Set<string>()
  readonly #exposure = { fresh: 0, reused: 0, spanning: 0 }
  #failuresNotListed = 0
  #opened = 0
  #answered = 0
  #drops = 0

  /** `runId` is the first part of every attempt's id, so that two runs against one service can be told apart in its logs. */
  constructor(runId: string) {
    this.#runId = runId
  }

  get totals(): LedgerTotals {
    return { attempts: this.#opened, answered: this.#answered, drops: this.#drops, inFlight: this.#inFlight.size }
  }

  /**
   * Enters an attempt that is about to be put on the wire.
   *
   * @param giveUp called when the deadline has passed, or at the end of the run; it must end in {@link close}.
   */
  open(draft: AttemptDraft, giveUp: Entry['giveUp']): Attempt {
    this.#opened += 1
    const attempt: Attempt = { id: `${this.#runId}-${this.#opened.toString(36)}`, ...draft }
    this.#inFlight.set(attempt.id, { attempt, giveUp, hazard: this.#terminating.size > 0, spanning: false })
    const lateness = attempt.startedAt - attempt.scheduledAt
    this.#total.lateness.record(lateness)
    this.#clientTally(attempt.client).lateness.record(lateness)
    return attempt
  }

  /** @throws {LedgerError} when the attempt has ended before. */
  close(attempt: Attempt, ending: Ending): void {
    const entry = this.#inFlight.get(attempt.id)
    if (!entry) throw new LedgerError(`Attempt ${attempt.id} ended twice, the second time as ${ending.outcome}.`)
    this.#inFlight.delete(attempt.id)
    const { hazard } = entry
    this.#count(attempt, ending, { outcome: ending.outcome, hazard }, 1)
    if (hazard && OUTCOMES[ending.outcome].standing !== 'harness') this.#expose(entry)
    if (ending.outcome !== 'answered') this.#keep({ attempt, ending, endedAt: now(), hazard })
  }

  /**
   * Says that an answered attempt was not: a second answer to it came later. Its latency stays in the distribution.
   *
   * @returns false when the attempt had not ended as answered; then nothing is changed.
   */
  amend(attempt: Attempt, ending: Ending): boolean {
    const before = this.#closed.get(attempt)
    if (before?.outcome !== 'answered') return false
    this.#count(attempt, ending, before, -1)
    this.#count(attempt, ending, { outcome: ending.outcome, hazard: before.hazard }, 1)
    this.#keep({ attempt, ending, endedAt: now(), hazard: before.hazard })
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

  giveUpOverdue(): void {
    const moment = now()
    for (const { attempt, giveUp } of this.#inFlight.values()) if (attempt.deadline < moment) giveUp('timed-out')
  }

  giveUpAll(): void {
    for (const { giveUp } of this.#inFlight.values()) giveUp('unfinished')
  }

  /** @throws {LedgerError} when the classes do not add up to the attempts, or an attempt has not ended. */
  summary(): LedgerSummary {
    const { outcomes, hazard, lateness } = this.#total
    const ended = sum(outcomes)
    if (ended !== this.#opened || this.#inFlight.size > 0) {
      throw new LedgerError(
        `${this.#opened} attempts, but ${ended} endings and ${this.#inFlight.size} still in flight.`,
      )
    }
    return {
      attempts: ended,
      drops: sumDrops(outcomes),
      outcomes: { ...outcomes },
      exposure: { attempts: sumJudged(hazard), drops: sumDrops(hazard), ...this.#exposure },
      clients: Object.fromEntries([...this.#clients].map(([name, tally]) => [name, summarize(tally)])),
      urls: Object.fromEntries(
        [...this.#urls].map(([url, counts]) => [url, { attempts: sum(counts), drops: sumDrops(counts) }]),
      ),
      latenessMs: lateness.summary(),
      failures: [...this.#failures],
      failuresNotListed: this.#failuresNotListed,
      pods: this.#traffic.pods(),
      seconds: this.#traffic.seconds(),
    }
  }

  #count(attempt: Attempt, ending: Ending, { outcome, hazard }: Closed, by: 1 | -1): void {
    const client = this.#clientTally(attempt.client)
    const url = this.#urls.get(attempt.url) ?? noOutcomes()
    this.#urls.set(attempt.url, url)
    for (const counts of [this.#total.outcomes, client.outcomes, url]) counts[outcome] += by
    if (hazard) for (const counts of [this.#total.hazard, client.hazard]) counts[outcome] += by
    if (outcome === 'answered') this.#answered += by
    if (isDrop(outcome)) this.#drops += by
    if (by === 1) this.#closed.set(attempt, { outcome, hazard })
    if (outcome !== 'answered') return this.#traffic.unanswered(toEpoch(now()), isDrop(outcome))
    if (by === -1) return
    const end = now()
    const latency = end - attempt.scheduledAt
    this.#total.latency.record(latency)
    client.latency.record(latency)
    this.#traffic.answered({
      at: toEpoch(end),
      startedAt: toEpoch(attempt.startedAt),
      fresh: !attempt.reused,
      ...ending,
    })
  }

  #expose({ attempt, spanning }: Entry): void {
    if (attempt.reused) this.#exposure.reused += 1
    else this.#exposure.fresh += 1
    if (spanning) this.#exposure.spanning += 1
  }

  #keep(failure: Failure): void {
    if (this.#failures.length < KEPT_FAILURES) this.#failures.push(failure)
    else this.#failuresNotListed += 1
  }

  #clientTally(client: string): Tally {
    const known = this.#clients.get(client)
    if (known) return known
    const tally = createTally()
    this.#clients.set(client, tally)
    return tally
  }
}
